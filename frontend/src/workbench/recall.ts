import { session, store, stored } from "../shared/stored";
import { owner } from "./config";
import { done, REACH, type Done, type Verb } from "./state";

const KEY = `quorum:done:${owner}`;

/** What undo reached before this tab was loaded anew. What was shown is not kept: the server tells it again. */
export function recall(): void {
  const before = stored<{ token: string; verb: Verb; said: string }[]>(session, KEY, []);
  const known = new Set(done.value.map(({ lease }) => lease.token));
  const mine = before.filter(({ token }) => !known.has(token)).map(({ token, verb, said }): Done => ({ lease: { token }, verb, said }));
  done.value = [...mine, ...done.value].slice(-REACH);
  window.addEventListener("pagehide", remember);
  document.addEventListener("visibilitychange", remember);
}

/** Skips went with the page; they come round by themselves. */
function remember(): void {
  store(session, KEY, done.value.filter(({ verb }) => verb !== "skip").map(({ lease, verb, said }) => ({ token: lease.token, verb, said })));
}
