import { effect } from "@preact/signals";
import { presume, serverNow } from "../shared/http";
import { rows } from "../shared/rows";
import { local, store } from "../shared/stored";
import type { Answer } from "../schemas/kind";
import { LEFT, owner, type Lease } from "./config";
import { draft, fresh } from "./draft";
import { asked } from "./heartbeat";
import { inherited } from "./heirs";
import { page } from "./kept";
import { AHEAD, release } from "./leases";
import { outbox } from "./outbox";
import { connection, current, left, queue, resting } from "./state";

/** A leased item, for a page that is opened without a connection. */
interface Card {
  lease: Lease;
  owner: string;
  page: string;
  /** Its place among the others. */
  at: number;
  /** The server's clock less this machine's, in ms. */
  ahead: number;
  /** What was made of its answer, for kinds with drafts. */
  draft?: Answer;
}

const table = rows<Card>("quorum-cards", "cards");
let noted = new Map<string, { lease: Lease; at: number }>();
let leaving = false;
/** A draft is written this often while it is made. */
const DRAFT_MS = 250;

/** Keeps what is leased, until it is answered or its time is over. Only where a worker of this site clears it away with
 *  the sign-out. */
export function keepCards(): void {
  if (!navigator.serviceWorker) return;
  effect(() => {
    const queued = queue.value.filter(({ practised }) => !practised);
    if (leaving) return;
    if (queued.length > 0 && noted.size === 0) store(local, LEFT, true);
    const before = noted;
    noted = new Map();
    // From the end: one that was put back has its place before those that were there.
    let at = Date.now() + queued.length;
    for (const lease of queued.toReversed()) {
      const known = before.get(lease.token);
      at = known?.at ?? at - 1;
      noted.set(lease.token, { lease, at });
      if (known?.lease !== lease) put(lease, at);
    }
    for (const token of before.keys()) if (!noted.has(token)) drop(token);
  });
  keepDrafts();
}

/** Keeps the answer being made with its card. */
function keepDrafts(): void {
  let timer = 0;
  const write = (): void => {
    const lease = current.peek();
    window.clearTimeout(timer);
    if (timer !== 0 && lease && noted.has(lease.token)) put(lease, noted.get(lease.token)!.at);
    timer = 0;
  };
  effect(() => {
    const made = draft.value;
    const token = current.peek()?.token;
    if (!token || !made || made === fresh) return;
    left.set(token, made);
    timer ||= window.setTimeout(write, DRAFT_MS);
  });
  document.addEventListener("visibilitychange", write);
  window.addEventListener("pagehide", write);
}

function put(lease: Lease, at: number): void {
  const made = left.get(lease.token);
  const card: Card = { lease, owner, page, at, ahead: serverNow() - Date.now(), ...(made && { draft: made }) };
  // A card that can't be kept is fetched again.
  table.put(card, lease.token).catch(() => undefined);
}

function drop(token: string): void {
  table.drop(token).catch(() => undefined);
}

/** Takes over what pages left that are open no more: what is still ours, as far as the server can be asked. */
export async function restoreCards(): Promise<void> {
  const all = await table.all().catch((): Card[] => []);
  const usable = all.filter((card) => {
    const over = Date.parse(card.lease.expires_at) <= Date.now() + card.ahead;
    if (over) drop(card.lease.token);
    return !over && card.owner === owner;
  });
  const found = (await inherited(usable)).sort((one, other) => one.at - other.at);
  if (found[0] && connection.value !== "ok") presume(Date.now() + found[0].ahead);
  const back = await Promise.all(found.map(claim));
  const every = [...back.filter((lease) => lease !== null), ...queue.value];
  queue.value = every.slice(0, AHEAD);
  every.slice(AHEAD).forEach(release);
}

async function claim({ lease, draft: made }: Card): Promise<Lease | null> {
  const known = [...outbox.value, ...queue.value].some(({ token }) => token === lease.token);
  const ours = known || resting.value ? null : connection.value === "ok" ? await asked(lease) : lease;
  if (ours === null) drop(lease.token);
  else if (made) left.set(lease.token, made);
  return ours;
}

/** Gives back what was leased ahead, when the page is left; outlives it. Without a connection it is left to the next
 *  page, and so is always an item whose answer was begun. */
export function leaveCards(): void {
  if (connection.value !== "ok" || !navigator.onLine) return;
  leaving = true;
  const begun = queue.value.filter(({ token }) => left.has(token));
  for (const lease of queue.value) {
    if (begun.includes(lease)) continue;
    release(lease);
    drop(lease.token);
  }
  store(local, LEFT, begun.length > 0);
  queue.value = [];
}

/** The page is shown again. */
export function comeBack(): void {
  leaving = false;
}

/** Gives back what was leased ahead. */
export function releaseAll(): void {
  const given = queue.value;
  queue.value = [];
  given.forEach(release);
}
