import { signal } from "@preact/signals";
import { rows } from "../shared/rows";
import type { Verb } from "./state";

/** An answer on its way. The lease's token is its key here and on the server: sending it twice is harmless. */
export interface Kept {
  token: string;
  owner: string;
  /** The page that gave it: no other sends it, or shows it, as long as that one is open. */
  page?: string;
  verb: Verb;
  body: Record<string, unknown>;
  /** In words, for the person. */
  said: string;
  at: number;
  tries: number;
  /** Taken back after it may have reached the server: its older answer there must be withdrawn first. */
  revised?: boolean;
  /** The server's sentence, when it would not take it. */
  problem?: string;
}

/** This page among those of the same browser. */
export const page = Math.random().toString(36).slice(2);

const answers = rows<Kept>("quorum", "answers");
/** Tokens of what this browser would not keep: answers that live as long as the page. */
export const fragile = signal<ReadonlySet<string>>(new Set());

export async function keep(entry: Kept): Promise<void> {
  const lost = await answers.put(entry, entry.token).then(() => false, () => true);
  if (lost === fragile.value.has(entry.token)) return;
  const others = [...fragile.value].filter((token) => token !== entry.token);
  fragile.value = new Set(lost ? [...others, entry.token] : others);
}

export const forget = (token: string): Promise<unknown> => answers.drop(token).catch(() => undefined);

/** What pages of this browser left, oldest first; nothing, where it keeps nothing. */
export async function left(): Promise<Kept[]> {
  const all = await answers.all().catch((): Kept[] => []);
  return all.sort((one, other) => one.at - other.at);
}
