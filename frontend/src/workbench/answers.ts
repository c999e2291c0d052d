import { call, Problem } from "../shared/http";
import { t } from "../shared/i18n";
import type { Answer, Kind } from "../schemas/kind";
import { ready, times } from "./card";
import { config, urls, type Lease } from "./config";
import { putBack, take } from "./leases";
import { push, send, takeBack } from "./outbox";
import { count } from "./progress";
import { current, done, left, lesson, notes, notices, panel, REACH, say, undoing, type Done, type Verb } from "./state";

const retaken = new Set<string>();

export function label(kind: Kind, answer: Answer, note?: string): void {
  const lease = current.value;
  const wrong = kind.check(config.schema, answer, lease?.payload);
  if (wrong !== null) return say(t("This answer can't be given: {why}", { why: wrong }), "bad");
  give("label", { answer, note }, kind.describe(config.schema, answer, lease ?? undefined));
}

export function abstain(reason: string, note: string): void {
  give("abstain", { reason, note: note.trim() }, t("Can't decide"));
}

export function skip(): void {
  give("skip", {}, t("Skip"));
}

function give(verb: Verb, body: { note?: string | undefined } & Record<string, unknown>, said: string): void {
  const lease = current.value;
  if (!lease || undoing.value || !ready()) return;
  const spent = times();
  panel.value = null;
  notices.value = [];
  // What is told after an answer can't be taken back.
  if (!lease.practised || verb === "skip") done.value = [...done.value, { lease, verb, said, note: body.note }].slice(-REACH);
  else lesson.value = { token: lease.token, said, lease, feedback: null };
  take();
  const revised = retaken.delete(lease.token) ? { revised: true } : {};
  push({ token: lease.token, verb, body: verb === "skip" ? {} : { ...body, ...spent }, said, ...revised });
  count(verb === "skip" ? 0 : 1, spent.active_seconds);
  window.scrollTo(0, 0);
}

/** Takes back the last step: from the outbox when it is still there, else on the server. */
export async function undo(): Promise<void> {
  const last = done.value.at(-1);
  if (undoing.value || lesson.value) return;
  if (!last) return say(t("There is nothing to take back."));
  undoing.value = true;
  try {
    const lease = await recover(last);
    done.value = done.value.slice(0, -1);
    if (!lease) return;
    const draft = left.get(last.lease.token);
    if (draft) left.set(lease.token, draft);
    if (last.note && last.verb === "label") notes.set(lease.token, last.note);
    putBack(lease);
    panel.value = null;
    if (last.verb !== "skip") count(-1, 0);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refuse(last, error);
  } finally {
    undoing.value = false;
  }
}

async function recover({ lease, verb }: Done): Promise<Lease | null> {
  if ("payload" in lease) {
    const { found, maybeSent } = await takeBack(lease.token);
    if (found) {
      if (maybeSent) retaken.add(lease.token);
      return lease;
    }
  } else await send();
  if (verb === "skip") {
    say(t("What you skipped comes round again by itself; it can't be called back. Undo once more takes back the answer before it."));
    return null;
  }
  const reply = await call<{ lease: Lease }>("POST", urls.project("undo"), { token: lease.token });
  return reply.lease;
}

function refuse(last: Done, problem: Problem): void {
  if (problem.status === 0) return say(t("“{said}” is already sent, and taking it back needs a connection. Nothing was changed.", { said: last.said }), "warn");
  if (problem.passing) return say(t("The server could not take “{said}” back just now; it still stands. Try again in a moment.", { said: last.said }), "warn");
  done.value = done.value.slice(0, -1);
  say(t("“{said}” still stands: {problem}", { said: last.said, problem: problem.message }), "warn");
}

