import { call, Problem } from "../shared/http";
import { t } from "../shared/i18n";
import { urls, type Lease } from "./config";
import { fill, lifetime, remaining } from "./leases";
import { current, queue, say } from "./state";

/** Two clocks further apart than this since the last look: the machine slept, or its clock was set. */
const JUMP_MS = 5_000;
let apart = Date.now() - performance.now();

/** Whether time went by that this page did not live through, since this was last asked. */
export function slept(): boolean {
  const before = apart;
  apart = Date.now() - performance.now();
  return Math.abs(apart - before) > JUMP_MS;
}

/** Prolongs what is past half its time, or `every` lease, and drops what is ours no more. Called regularly while somebody
 *  works. */
export async function beat(every = false): Promise<void> {
  const due = queue.value.filter((lease) => every || remaining(lease) < lifetime / 2);
  if (due.length === 0) return;
  const answers = await Promise.all(due.map(asked));
  const found = new Map(due.map(({ token }, index) => [token, answers[index] ?? null]));
  if (found.get(current.value?.token ?? "") === null) say(t("The item you had open was given to somebody else, since its time ran out. Nothing you answered is lost."), "warn");
  queue.value = queue.value.map((lease) => found.get(lease.token) ?? lease).filter(({ token }) => found.get(token) !== null);
  void fill();
}

/** The lease for as long as the server now gives it; null: it is ours no more. The lease as it was, while that can't be
 *  asked. */
export async function asked(lease: Lease): Promise<Lease | null> {
  try {
    return { ...lease, ...(await call<{ expires_at: string }>("POST", urls.lease(lease.token, "heartbeat"), {})) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.passing || error.status === 401 || error.status === 403 ? lease : null;
  }
}
