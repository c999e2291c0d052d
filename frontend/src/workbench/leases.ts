import { call, Problem, serverNow } from "../shared/http";
import { urls, type Lease, type Practice, type Reason } from "./config";
import { afterCard } from "./frame";
import { letGo, outbox } from "./outbox";
import { connection, lesson, practice, queue, reason, refusal, resting, scarce } from "./state";

export const AHEAD = 10;
const REFILL_AT = 5;
const ASK_AGAIN_MS = 30_000;
/** A lease this near its end isn't shown any more. */
const TOO_LATE_MS = 5_000;

let filling = false;
let notBefore = 0;
/** Asking anew after a failure, sooner at first. */
let retry = 0;
let failures = 0;
const LONGEST_WAIT_MS = 30_000;
/** How long the server's leases last, in ms: the longest seen. */
export let lifetime = 0;

/** Leases ahead when few are left. Cheap to call after every answer. */
export async function fill(): Promise<void> {
  if (lesson.value?.feedback === null) return;
  const short = queue.value.length <= (practice.value ? 0 : REFILL_AT);
  const asked = queue.value.length > 0 && performance.now() < notBefore;
  if (filling || resting.value || !short || asked) return;
  filling = true;
  window.clearTimeout(retry);
  try {
    if (queue.value.length === 0) await letGo();
    await more();
    failures = 0;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    explain(error);
  } finally {
    filling = false;
  }
}

async function more(): Promise<void> {
  const count = practice.value ? 1 : AHEAD - queue.value.length;
  const reply = await call<{ leases: Lease[]; reason: Reason | null; practice?: Practice | null }>("POST", urls.project("leases"), { count });
  scarce.value = reply.leases.length < count;
  const known = new Set([...queue.value, ...outbox.value].map(({ token }) => token));
  practice.value = reply.practice ?? null;
  const fresh = reply.leases.filter((lease) => !known.has(lease.token)).map((lease) => (practice.value ? { ...lease, practised: true } : lease));
  for (const lease of fresh) lifetime = Math.max(lifetime, remaining(lease));
  if (resting.value) {
    fresh.forEach(release);
    return;
  }
  queue.value = [...queue.value, ...fresh];
  // What is held may be held by this very page.
  reason.value = queue.value.length > 0 && reply.reason?.code === "held_elsewhere" ? null : reply.reason;
  notBefore = reply.reason === null ? 0 : performance.now() + ASK_AGAIN_MS;
  if (connection.value !== "ok" && outbox.value.length === 0) connection.value = "ok";
}

function explain(problem: Problem): void {
  notBefore = performance.now() + 5_000;
  if (problem.passing) {
    connection.value = problem.status === 0 ? "offline" : "failing";
    retry = window.setTimeout(() => void fill(), Math.min(LONGEST_WAIT_MS, 1000 * 2 ** failures++));
  } else if (problem.status === 401) connection.value = "signed_out";
  else reason.value = { code: "refused", message: problem.message };
  refusal.value = problem.message;
}

/** Takes the shown lease off the queue. */
export function take(): void {
  queue.value = queue.value.slice(1);
  dropStale(false);
  afterCard(() => void fill());
}

export function putBack(lease: Lease): void {
  queue.value = [lease, ...queue.value.filter(({ token }) => token !== lease.token)];
}

/** Leases that ran out while they waited are passed over: somebody else may have them. The shown one stays: the server
 *  says whether it still counts. */
export function dropStale(shown = true): void {
  queue.value = queue.value.filter((lease, index) => (index === 0 && shown) || remaining(lease) > TOO_LATE_MS);
}

export function remaining(lease: Lease): number {
  return Date.parse(lease.expires_at) - serverNow();
}

export function release(lease: Lease): void {
  call("POST", urls.lease(lease.token, "release"), {}, { keepalive: true }).catch((error: unknown) => {
    // A lease that isn't given back runs out by itself.
    if (!(error instanceof Problem)) throw error;
  });
}
