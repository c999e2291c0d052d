import { computed, signal } from "@preact/signals";
import { call, Problem } from "../shared/http";
import { owner, urls, type Lease } from "./config";
import { afterCard } from "./frame";
import { forget, fragile, keep, page, type Kept } from "./kept";
import { connection, lesson, refusal, type Connection, type Feedback } from "./state";

const LONGEST_WAIT_MS = 30_000;

/** Everything not yet taken by the server, in the order in which it was given. */
export const outbox = signal<Kept[]>([]);
export const waiting = computed(() => outbox.value.filter((entry) => entry.problem === undefined && entry.token !== held.value));
export const refused = computed(() => outbox.value.filter((entry) => entry.problem !== undefined));
/** Lost, if the page is closed now: this browser would not keep them. */
export const exposed = computed(() => outbox.value.filter(({ token }) => fragile.value.has(token)));
/** Whether what earlier pages left was looked for: before, nobody knows that all is saved. */
export const searched = signal(false);

/** A skip waits for the next step, so that undo can still take it back. */
const held = signal<string | null>(null);
const inFlight = signal<string | null>(null);

let pump: Promise<void> | null = null;
let timer = 0;
let failures = 0;

/** Takes over what a page left that is open no more. */
export function adopt(found: Kept[]): void {
  const known = new Set(outbox.value.map(({ token }) => token));
  outbox.value = [...found.filter(({ token }) => !known.has(token)), ...outbox.value];
  void send();
}

export function push(entry: Omit<Kept, "owner" | "page" | "at" | "tries">): void {
  const kept: Kept = { ...entry, owner, page, at: Date.now(), tries: 0 };
  held.value = kept.verb === "skip" ? kept.token : null;
  outbox.value = [...outbox.value, kept];
  void keep(kept);
  afterCard(() => void send());
}

/** Lets a skip go that was held for undo. */
export async function letGo(): Promise<void> {
  held.value = null;
  await send();
}

/** Sends what waits, one after the other; a second call joins the first. With nothing to send none is begun: an answer
 *  that comes before its end is over would join it and stay. */
export function send(): Promise<void> {
  window.clearTimeout(timer);
  if (!pump && waiting.value.length === 0) return Promise.resolve();
  pump ??= drain().finally(() => {
    pump = null;
  });
  return pump;
}

/** Takes an answer back before the server has it. Says whether it may have got there all the same. */
export async function takeBack(token: string): Promise<{ found: boolean; maybeSent: boolean }> {
  if (inFlight.value === token) await pump;
  const entry = outbox.value.find((one) => one.token === token);
  if (!entry) return { found: false, maybeSent: true };
  drop(token);
  return { found: true, maybeSent: entry.tries > 0 || entry.revised === true };
}

export function drop(token: string): void {
  if (held.value === token) held.value = null;
  outbox.value = outbox.value.filter((entry) => entry.token !== token);
  void forget(token);
}

/** Offers a refused answer once more. */
export function retry(token: string): void {
  change(token, (entry) => {
    const { problem: _, ...again } = entry;
    return again;
  });
  void send();
}

async function drain(): Promise<void> {
  for (let entry = waiting.value[0]; entry; entry = waiting.value[0]) {
    inFlight.value = entry.token;
    const goOn = await deliver(entry);
    inFlight.value = null;
    if (!goOn) return;
  }
}

/** Sends one answer; true when the next may follow. */
async function deliver(entry: Kept): Promise<boolean> {
  // Only what the browser would not keep is offered to it again: whether it was tried matters to this page alone.
  change(entry.token, (one) => ({ ...one, tries: one.tries + 1 }), fragile.value.has(entry.token));
  try {
    const reply = await call<{ feedback?: Feedback | null }>("POST", urls.lease(entry.token, entry.verb), entry.body, { keepalive: true });
    drop(entry.token);
    told(entry, reply.feedback ?? null);
    failures = 0;
    connection.value = "ok";
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 409 && entry.revised) return await replace(entry);
    return settle(entry, error);
  }
}

/** The server still has the answer that was taken back while offline: withdraw it, then send the new one. */
async function replace(entry: Kept): Promise<boolean> {
  try {
    const { lease } = await call<{ lease: Lease }>("POST", urls.project("undo"), { token: entry.token });
    const { revised: _, ...fresh } = { ...entry, token: lease.token };
    outbox.value = outbox.value.map((one) => (one.token === entry.token ? fresh : one));
    await keep(fresh);
    await forget(entry.token);
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return settle(entry, error);
  }
}

/** What the server says of an answer given in practice; nothing, where it turns out to be none. */
function told({ token, said, body }: Kept, feedback: Feedback | null): void {
  const open = lesson.value?.token === token ? lesson.value : null;
  if (feedback) lesson.value = { token, said, body, lease: open?.lease ?? null, feedback };
  else if (open) lesson.value = null;
}

function settle(entry: Kept, problem: Problem): boolean {
  if (problem.passing) {
    const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** failures++) * (0.75 + Math.random() / 2);
    stop(problem.status === 0 ? "offline" : "failing", problem.message);
    timer = window.setTimeout(() => void send(), wait);
    return false;
  }
  if (problem.status === 401) return stop("signed_out", problem.message);
  if (problem.status === 403) return stop("refused", problem.message);
  // Nothing is lost with a skip that came too late.
  if (entry.verb === "skip") drop(entry.token);
  else change(entry.token, (one) => ({ ...one, problem: problem.message }));
  told(entry, null);
  return true;
}

function stop(state: Connection, message: string): false {
  connection.value = state;
  refusal.value = message;
  return false;
}

function change(token: string, how: (entry: Kept) => Kept, lasting = true): void {
  outbox.value = outbox.value.map((entry) => {
    if (entry.token !== token) return entry;
    const changed = how(entry);
    if (lasting) void keep(changed);
    return changed;
  });
}
