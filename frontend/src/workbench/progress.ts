import { computed, signal } from "@preact/signals";
import { call, Problem } from "../shared/http";
import { session, store, stored } from "../shared/stored";
import { config, owner, urls } from "./config";
import { queue, scarce } from "./state";

const STRETCH = config.session?.goal ?? 60;
const BREAK_EVERY_SECONDS = 20 * 60;

/** Answers of this session (as long as the tab), and active seconds since the last break. */
const key = `quorum:session:${owner}`;
// Of a visit from a marketplace the server's count goes on.
const start = { ...stored(session, key, { given: 0, active: 0 }), ...config.session };
export const given = signal(start.given);
const active = signal(start.active);

/** The next stop: reached, it moves on by one stretch with the answer after it. Nearer, where fewer items are left. */
export const goal = computed(() => {
  const stop = Math.max(1, Math.ceil(given.value / STRETCH)) * STRETCH;
  const all = given.value + queue.value.length;
  return scarce.value && all > 0 && !config.session ? Math.min(stop, all) : stop;
});
export const breakDue = computed(() => active.value >= BREAK_EVERY_SECONDS);

/** Answers of today, as the server counts them; asked for while no card is open and none of them is on its way. */
export const today = signal<number | null>(null);
let asked = 0;

export function count(answers: 1 | 0 | -1, activeSeconds: number): void {
  given.value = Math.max(0, given.value + answers);
  active.value += activeSeconds;
  remember();
}

export function breakSeen(): void {
  active.value = 0;
  remember();
}

function remember(): void {
  store(session, key, { given: given.value, active: active.value });
}

export function forgetToday(): void {
  asked += 1;
  today.value = null;
}

export async function refreshToday(): Promise<void> {
  const asking = (asked += 1);
  try {
    const me = await call<{ labels_today?: number }>("GET", urls.project("me"));
    if (asking === asked) today.value = me.labels_today ?? null;
  } catch (error) {
    // A figure for interest: without it the page works as well.
    if (!(error instanceof Problem)) throw error;
  }
}
