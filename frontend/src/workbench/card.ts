import { effect, signal } from "@preact/signals";
import { allowanceFor, CardClock } from "./clock";
import { onPainted } from "./frame";
import { current } from "./state";

/** An answer this soon after a card is painted was meant for the card before. */
const TOO_SOON_MS = 150;

/** True when nothing was done for longer than reading would take. */
export const idle = signal(false);

let clock: CardClock | null = null;
let painted = Infinity;
let changed = 0;
let watch = 0;

/** Starts a clock with every new card; `length` gives the characters to read. */
export function watchCards(length: () => number): void {
  let shown: string | undefined;
  effect(() => {
    const token = current.value?.token;
    if (token === shown) return;
    shown = token;
    start(token === undefined ? null : length());
  });
  for (const type of ["keydown", "pointerdown", "pointermove", "wheel", "scroll", "touchmove"]) {
    window.addEventListener(type, active, { passive: true, capture: true });
  }
  document.addEventListener("visibilitychange", () => (visible() ? active() : clock?.hidden(performance.now())));
}

/** Whether an answer now can be meant for the card that is shown. */
export function ready(): boolean {
  return performance.now() - painted >= TOO_SOON_MS;
}

export function times(): { wall_seconds: number; active_seconds: number } {
  return clock?.read(performance.now()) ?? { wall_seconds: 0, active_seconds: 0 };
}

export function active(): void {
  if (!clock) return;
  idle.value = false;
  clock.activity(performance.now(), visible());
  window.clearTimeout(watch);
  watch = window.setTimeout(() => (idle.value = true), clock.allowance);
}

function start(characters: number | null): void {
  changed = performance.now();
  painted = Infinity;
  clock = characters === null ? null : new CardClock(changed, allowanceFor(characters), visible());
  if (clock) {
    active();
    afterPaint(changed);
  }
}

function afterPaint(of: number): void {
  onPainted(() => {
    if (of !== changed) return;
    painted = performance.now();
    performance.measure("quorum:card", { start: changed, end: painted, detail: current.peek()?.token });
  });
}

const visible = (): boolean => document.visibilityState === "visible";
