import { createStore, del, entries, set, type UseStore } from "idb-keyval";
import type { Verb } from "./state";

/** An answer on its way. The lease's token is its key here and on the server: sending it twice is harmless. */
export interface Kept {
  token: string;
  owner: string;
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

let store: UseStore | null = null;
/** False once this browser refused to keep something: then answers live as long as the page. */
export let lasting = true;

async function attempt<Value>(work: (store: UseStore) => Promise<Value>, otherwise: Value): Promise<Value> {
  try {
    store ??= createStore("quorum", "answers");
    return await work(store);
  } catch {
    lasting = false;
    return otherwise;
  }
}

export const keep = (entry: Kept): Promise<void> => attempt((at) => set(entry.token, entry, at), undefined);
export const forget = (token: string): Promise<void> => attempt((at) => del(token, at), undefined);

/** What an earlier page of the same labeller left, oldest first. */
export async function left(owner: string): Promise<Kept[]> {
  const all = await attempt((at) => entries<string, Kept>(at), []);
  return all
    .map(([, entry]) => entry)
    .filter((entry) => entry.owner === owner)
    .sort((one, other) => one.at - other.at);
}
