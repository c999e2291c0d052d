import { computed, effect, signal } from "@preact/signals";
import { csrfToken } from "../shared/csrf";
import { type Bag, isBag, type Json, type Schema } from "./schema";

export interface Fault {
  where: string;
  message: string;
}

interface Told {
  name: string;
  title: string;
  definition_schema: Schema;
  example: Bag;
}

/** What the page embeds (frontend/views/question.py: island). */
export interface Island {
  kinds: Told[];
  kind: string;
  text: string;
  errors: Fault[];
  examples: { key: string; payload: Bag }[];
  urls: { check: string; preview: string };
}

const WAIT_MS = 300;

export const config = JSON.parse(document.querySelector("[data-question] > script")!.textContent!) as Island;
export const kind = signal(config.kind);
export const told = computed(() => config.kinds.find(({ name }) => name === kind.value)!);
/** The definition as JSON text: what is sent. */
export const text = signal(config.text);
export const asJson = signal(!isBag(parsed(config.text)));
export const faults = signal<Fault[]>(config.errors);
/** The newest definition that was found valid, as it would be stored. */
export const cleaned = signal<Bag | null>(null);
/** For each list of named things, what each was called when the page came; null: it is new. */
export const origins = signal<Record<string, (string | null)[]>>({});

export const definition = computed<Bag>(() => {
  const value = parsed(text.value);
  return isBag(value) ? value : {};
});

export function parsed(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return undefined;
  }
}

export function put(value: Bag): void {
  text.value = JSON.stringify(value, null, 2);
}

export function chooseKind(name: string): void {
  kind.value = name;
  origins.value = {};
  put(told.value.example);
}

/** What is wrong here; `within`: also with anything inside. */
export function faultsAt(path: string, within = false): Fault[] {
  return faults.value.filter(({ where }) => where === path || (within && (where.startsWith(`${path}.`) || where.startsWith(`${path}[`))));
}

export function namesOf(list: Json): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((one: Json) => String(isBag(one) ? one.name ?? "" : one));
}

/** {as it was called: as it is called now}, for the server to ask about. */
export function renamed(): Record<string, string> {
  const pairs = Object.entries(origins.value).flatMap(([path, was]) => {
    const now = namesOf(definition.value[path]);
    return was.map((old, index) => [old, now[index]] as const);
  });
  return Object.fromEntries(pairs.filter(([old, now]) => old !== null && now && old !== now)) as Record<string, string>;
}

/** Asks the server what it makes of the definition, a moment after the last change. */
export function watch(): void {
  let timer = 0;
  let asked = 0;
  effect(() => {
    const body = new URLSearchParams({ kind: kind.value, definition: text.value });
    const number = ++asked;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(body, () => number === asked), cleaned.peek() ? WAIT_MS : 0);
  });
}

async function ask(body: URLSearchParams, newest: () => boolean): Promise<void> {
  try {
    const reply = await fetch(config.urls.check, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
    if (!reply.ok) throw new Error(String(reply.status));
    const found = (await reply.json()) as { definition: Bag | null; errors: Fault[] };
    if (!newest()) return;
    faults.value = found.errors;
    if (found.definition) cleaned.value = { ...found.definition, kind: kind.peek() };
  } catch {
    if (newest()) faults.value = [{ where: "", message: "It could not be checked just now: there is no connection. Saving checks it again." }];
  }
}
