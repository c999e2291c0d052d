import { effect, untracked } from "@preact/signals";
import { inputOf } from "../shared/material/input";
import { rich } from "../shared/material/Material";
import { comeBack, keepCards, leaveCards, restoreCards } from "./cards";
import { idle } from "./card";
import { config, owner } from "./config";
import { PASSING } from "./Empty";
import { afterCard } from "./frame";
import { beat, slept } from "./heartbeat";
import { inherited, ours } from "./heirs";
import { left, page } from "./kept";
import { dropStale, fill } from "./leases";
import { workOffline } from "./offline";
import { adopt, exposed, letGo, searched, send, waiting } from "./outbox";
import { forgetToday, refreshToday } from "./progress";
import { recall } from "./recall";
import { connection, current, lesson, queue, reason, resting } from "./state";
import { watchVisit } from "./Visit";

const BEAT_MS = 20_000;
const LOOK_AGAIN_MS = 30_000;

/** All that goes on behind the first card. */
export async function keepGoing(): Promise<void> {
  prepareNext();
  recall();
  await ours(page);
  await takeOver();
  await restoreCards();
  keepCards();
  searched.value = true;
  watchConnection();
  watchPage();
  watchTime();
  watchVisit();
  countToday();
  void workOffline();
}

/** Images and the like of the next cards are fetched and decoded before they are shown. */
function prepareNext(): void {
  const input = inputOf(config.schema);
  effect(() => {
    const [drawing, next] = [rich.now.value, queue.value.slice(1)];
    if (drawing) afterCard(() => drawing.ahead(input, next.map((lease) => lease.payload)));
  });
}

/** Pages whose answers are here: nobody else adds to them, and what was taken back meanwhile must not come again. */
const taken = new Set<string | undefined>([page]);

/** Answers of pages that are open no more, of the same labeller. */
async function takeOver(): Promise<void> {
  const all = await left();
  const found = await inherited(all.filter((entry) => entry.owner === owner && !taken.has(entry.page)));
  adopt(found);
  for (const entry of found) taken.add(entry.page);
}

/** What today came to is shown where no card is: the server's own count, once it has every answer. */
function countToday(): void {
  effect(() => {
    const settled = waiting.value.length === 0 && !lesson.value;
    const empty = reason.value !== null && !current.value;
    if (settled && (resting.value || empty)) untracked(() => void refreshToday());
    else forgetToday();
  });
}

function again(): void {
  void send();
  void fill();
  // What was leased before a sleep may be somebody else's by now.
  if (slept()) void beat(true);
}

function watchConnection(): void {
  window.addEventListener("online", again);
  window.addEventListener("offline", () => (connection.value = "offline"));
}

function watchPage(): void {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") return;
    again();
    void takeOver();
  });
  window.addEventListener("pagehide", () => {
    void letGo();
    leaveCards();
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    comeBack();
    again();
  });
  const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
  effect(() => {
    if (exposed.value.length > 0) window.addEventListener("beforeunload", warn);
    else window.removeEventListener("beforeunload", warn);
  });
}

function watchTime(): void {
  // Back after a while: whether the open item is still ours is better known before it is answered.
  effect(() => {
    if (!idle.value) void untracked(beat);
  });
  let taught = lesson.peek();
  effect(() => {
    const changed = lesson.value !== taught;
    taught = lesson.value;
    if (changed) untracked(() => void fill());
  });
  window.setInterval(() => {
    void takeOver();
    const jumped = slept();
    if (jumped || (current.value && connection.value !== "ok")) again();
    if (idle.value || document.visibilityState === "hidden") return;
    dropStale();
    void beat(jumped);
  }, BEAT_MS);
  window.setInterval(() => {
    const passing = !reason.value || PASSING.has(reason.value.code);
    if (!current.value && passing && document.visibilityState === "visible") void fill();
  }, LOOK_AGAIN_MS);
}
