import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { loadKind } from "../schemas";
import { idle, watchCards } from "./card";
import { App } from "./App";
import { config } from "./config";
import { PASSING } from "./Empty";
import { watchDraft } from "./draft";
import { bindKeys } from "./keys";
import { fetchSeldom } from "./Later";
import { beat, dropStale, fill, releaseAll } from "./leases";
import { letGo, open, send } from "./outbox";
import { refreshToday } from "./progress";
import { connection, current, lesson, reason } from "./state";
import { Status } from "./Status";

const BEAT_MS = 20_000;
const LOOK_AGAIN_MS = 30_000;

async function start(): Promise<void> {
  const [bench, status] = [place("bench"), place("bench-status")];
  const [kind] = await Promise.all([loadKind(config.schema.kind), open(), fill()]);
  watchCards(() => (current.value ? kind.length(config.schema, current.value.payload) : 0));
  bindKeys(kind);
  watchDraft(kind);
  bench.replaceChildren();
  render(<Status />, status);
  render(<App kind={kind} />, bench);
  void refreshToday();
  void fetchSeldom();
  keepGoing();
}

/** What time and the browser bring: connections that come back, leases that age, a page that is left. */
function keepGoing(): void {
  const again = (): void => {
    void send();
    void fill();
  };
  window.addEventListener("online", again);
  window.addEventListener("offline", () => (connection.value = "offline"));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && again());
  window.addEventListener("pagehide", () => {
    void letGo();
    releaseAll();
  });
  window.addEventListener("pageshow", (event) => event.persisted && again());
  // Back after a while: whether the open item is still ours is better known before it is answered.
  effect(() => {
    if (!idle.value) void beat();
  });
  let taught = lesson.peek();
  effect(() => {
    const changed = lesson.value !== taught;
    taught = lesson.value;
    if (changed) untracked(() => void fill());
  });
  window.setInterval(() => {
    if (idle.value || document.visibilityState === "hidden") return;
    dropStale();
    void beat();
    if (current.value && connection.value !== "ok") again();
  }, BEAT_MS);
  window.setInterval(() => {
    const passing = !reason.value || PASSING.has(reason.value.code);
    if (!current.value && passing && document.visibilityState === "visible") void fill();
  }, LOOK_AGAIN_MS);
}

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element #${id}.`);
  return element;
}

start().catch((error: unknown) => {
  place("bench").textContent = `The page could not start: ${error instanceof Error ? error.message : String(error)} Reload it; answers already given are kept.`;
});
