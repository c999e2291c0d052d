import { signal } from "@preact/signals";
import { letterOf } from "../../shared/candidates";
import { t } from "../../shared/i18n";
import { shuffled } from "../../shared/shuffle";
import type { Context } from "../kind";
import { orderOf } from "./definition";
import { moved, placedWith, swapped } from "./order";

type Part = "handle" | "up" | "down";

/** Where somebody is on a card: the candidate that keys move, whether it is picked up, which ones were put in a place,
 *  and what was last said. `focus` is set by what moved, and taken by the card once it is drawn. */
export interface Hand {
  token: string;
  marked: number;
  held: boolean;
  placed: number[];
  said: string;
  focus: Part | null;
}

const kept = signal<Hand>({ token: "", marked: 0, held: false, placed: [], said: "", focus: null });

export function handOf({ token, draft }: Context): Hand {
  const hand = kept.value;
  return hand.token === token ? hand : { token, marked: nextOf([], orderOf(draft.value).length, token), held: false, placed: [], said: "", focus: null };
}

export function change(context: Context, values: Partial<Hand>): void {
  kept.value = { ...handOf(context), ...values };
}

/** The first to read that was not put in a place yet; -1 when all were. */
function nextOf(placed: number[], n: number, token: string): number {
  return shuffled(n, token).find((candidate) => !placed.includes(candidate)) ?? -1;
}

/** Puts the marked one in a place; then the next to read is marked. */
export function place(context: Context, index: number): void {
  const { draft, token, locked } = context;
  const order = orderOf(draft.value), hand = handOf(context);
  if (locked || hand.marked < 0 || index >= order.length) return;
  const placed = placedWith(hand.placed, hand.marked, order[index]);
  draft.value = { order: swapped(order, hand.marked, index) };
  const next = nextOf(placed, order.length, token);
  const now = where(context, hand.marked);
  const said = next < 0 ? t("{now} All are placed.", { now }) : t("{now} Next: {letter}.", { now, letter: letterOf(next, order.length, token) });
  change(context, { placed, marked: next < 0 ? hand.marked : next, held: false, focus: "handle", said });
}

/** Moves a candidate by so many places. */
export function move(context: Context, candidate: number, by: number, focus: Part): void {
  const order = orderOf(context.draft.value);
  const to = order.indexOf(candidate) + by;
  if (context.locked || to < 0 || to >= order.length) return;
  context.draft.value = { order: moved(order, candidate, to) };
  change(context, { marked: candidate, focus, said: where(context, candidate) });
}

/** Arrows: the picked one moves, else the one above or below is marked. */
export function step(context: Context, by: number): void {
  const { marked, held } = handOf(context);
  if (held) return move(context, marked, by, "handle");
  const order = orderOf(context.draft.value);
  const next = order[order.indexOf(marked) + by];
  const here = document.activeElement?.closest(".order") !== null;
  if (next !== undefined || !here) change(context, { marked: (here ? next : undefined) ?? marked, focus: "handle" });
}

export function pick(context: Context, candidate: number, held: boolean): void {
  const letter = letterOf(candidate, orderOf(context.draft.value).length, context.token);
  change(context, { marked: candidate, held, said: held ? t("{letter} is picked up. Arrows move it.", { letter }) : t("{letter} is put down.", { letter }) });
}

function where({ draft, token }: Context, candidate: number): string {
  const order = orderOf(draft.value);
  return t("{letter} is now number {place} of {n}.", { letter: letterOf(candidate, order.length, token), place: order.indexOf(candidate) + 1, n: order.length });
}
