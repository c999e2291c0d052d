import { effect } from "@preact/signals";
import { presume, serverNow } from "../shared/http";
import { rows } from "../shared/rows";
import { local, store } from "../shared/stored";
import { LEFT, owner, type Lease } from "./config";
import { inherited } from "./heirs";
import { page } from "./kept";
import { AHEAD, release } from "./leases";
import { outbox } from "./outbox";
import { connection, queue, resting } from "./state";

/** A leased item, for a page that is opened without a connection. */
interface Card {
  lease: Lease;
  owner: string;
  page: string;
  /** Its place among the others. */
  at: number;
  /** The server's clock less this machine's, in ms. */
  ahead: number;
  /** Given back when its page was left: shown again only while there is no server to ask. */
  released?: boolean;
}

const table = rows<Card>("quorum-cards", "cards");
let noted = new Map<string, { lease: Lease; at: number }>();
let leaving = false;

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
}

function put(lease: Lease, at: number, released = false): void {
  const card: Card = { lease, owner, page, at, ahead: serverNow() - Date.now(), released };
  // A card that can't be kept is fetched again.
  table.put(card, lease.token).catch(() => undefined);
}

function drop(token: string): void {
  table.drop(token).catch(() => undefined);
}

/** Takes over what pages left that are open no more. */
export async function restoreCards(): Promise<void> {
  const all = await table.all().catch((): Card[] => []);
  const asked = connection.value === "ok";
  const usable = all.filter((card) => {
    const over = Date.parse(card.lease.expires_at) <= Date.now() + card.ahead;
    if (over) drop(card.lease.token);
    return !over && card.owner === owner;
  });
  const found = (await inherited(usable)).sort((one, other) => one.at - other.at);
  const last = found.at(-1);
  if (last && !asked) presume(Date.now() + last.ahead);
  const known = new Set([...outbox.value, ...queue.value].map(({ token }) => token));
  const back: Lease[] = [];
  for (const { lease, released } of found) {
    if (known.has(lease.token) || (released && asked) || resting.value) drop(lease.token);
    else back.push(lease);
  }
  if (back.length === 0) return;
  const every = [...back, ...queue.value];
  queue.value = every.slice(0, AHEAD);
  every.slice(AHEAD).forEach(release);
}

/** Gives back what was leased ahead, when the page is left; outlives it. Without a connection it is left to the next
 *  page. */
export function leaveCards(): void {
  if (connection.value !== "ok" || !navigator.onLine) return;
  leaving = true;
  for (const lease of queue.value) {
    release(lease);
    put(lease, noted.get(lease.token)?.at ?? 0, true);
  }
  store(local, LEFT, false);
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
