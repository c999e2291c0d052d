import { signal, type Signal } from "@preact/signals";
import { t } from "../../shared/i18n";
import type { Answer, Context } from "../kind";
import { namesOf, spansOf, textOf, titleOf, type Spans } from "./definition";
import { neighbour, overlapping, put, same, sorted, within, without, type Span } from "./marking";
import { isolated, pieceAt, piecesOf, placesOf, snapped, step, type Piece, type Places } from "./text";

/** What is chosen, in UTF-16 units. `anchor` and `head`: the pieces between which Shift takes in more. */
export interface Choice {
  start: number;
  end: number;
  anchor: number;
  head: number;
  /** The span that it stands for, if any: Delete and the borders' keys work on that. */
  span: Span | null;
}

/** One text being marked: what is chosen in it and what was said last. */
export interface Marking {
  token: string;
  text: string;
  pieces: Piece[];
  places: Places;
  choice: Signal<Choice | null>;
  said: Signal<string>;
  /** Where the pieces are drawn, and each of them; null and none before that. */
  root: HTMLElement | null;
  nodes: (HTMLElement | Text)[];
}

const markings = new WeakMap<Signal<Answer | undefined>, Marking>();

/** The marking of a card: made anew when another card is shown. */
export function markingOf({ definition, payload, draft, token }: Context): Marking {
  const text = textOf(definition, payload);
  const known = markings.get(draft);
  if (known && known.token === token && known.text === text) return known;
  const made: Marking = { token, text, pieces: piecesOf(text), places: placesOf(text), choice: signal(null), said: signal(""), root: null, nodes: [] };
  markings.set(draft, made);
  return made;
}

const LONGEST_QUOTE = 60;

export function quote(marking: Marking, range: { start: number; end: number }): string {
  const text = marking.text.slice(range.start, range.end).replace(/\s+/g, " ");
  return isolated(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE / 2)}…${text.slice(-LONGEST_QUOTE / 2)}` : text);
}

/** A span's range in units. */
export function rangeOf({ places }: Marking, span: Span): { start: number; end: number } {
  return { start: places.toUnit(span.start), end: places.toUnit(span.end) };
}

function pointsOf({ places }: Marking, range: { start: number; end: number }): { start: number; end: number } {
  return { start: places.toPoint(range.start), end: places.toPoint(range.end) };
}

function spanned(context: Context, span: Span): string {
  const marking = markingOf(context);
  return t("{label} “{text}”", { label: titleOf(context.definition, span.label), text: quote(marking, rangeOf(marking, span)) });
}

// --- choosing --------------------------------------------------------------------------------------------------------

/** Chooses everything from one piece to another. */
export function choose(context: Context, anchor: number, head: number): void {
  const marking = markingOf(context);
  const [first, last] = [marking.pieces[Math.min(anchor, head)]!, marking.pieces[Math.max(anchor, head)]!];
  chosen(context, { start: first.start, end: last.end, anchor, head, span: null });
}

export function chooseSpan(context: Context, span: Span): void {
  const marking = markingOf(context);
  const range = rangeOf(marking, span);
  marking.choice.value = { ...range, anchor: pieceAt(marking.pieces, range.start), head: pieceAt(marking.pieces, range.end - 1), span };
  marking.said.value = spanned(context, span);
}

/** Chooses what lies between two units: whole words, or characters. */
export function chooseBetween(context: Context, from: number, to: number, exact: boolean): void {
  const marking = markingOf(context);
  const range = snapped(marking.text, marking.pieces, from, to, exact);
  if (range) chosen(context, { ...range, anchor: pieceAt(marking.pieces, range.start), head: pieceAt(marking.pieces, range.end - 1), span: null });
}

function chosen(context: Context, choice: Choice): void {
  const marking = markingOf(context);
  const spans = spansOf(context.draft.value);
  const range = pointsOf(marking, choice);
  const span = spans.find((one) => one.start === range.start && one.end === range.end) ?? null;
  marking.choice.value = { ...choice, span };
  const around = within(spans, range).map((one) => spanned(context, one));
  const text = `“${quote(marking, choice)}”`;
  marking.said.value = span ? around.join(", ") : around.length > 0 ? t("{text}, in {spans}", { text, spans: around.join(", ") }) : text;
}

export function clear(context: Context): void | false {
  const { choice, said } = markingOf(context);
  if (choice.value === null) return false;
  choice.value = null;
  said.value = "";
}

/** The next piece that is not just space; the same one at the end of the text. */
export function beside({ pieces }: Marking, from: number, by: 1 | -1): number {
  for (let at = from + by; at >= 0 && at < pieces.length; at += by) if (pieces[at]!.solid) return at;
  return pieces[from]?.solid ? from : -1;
}

/** Goes on by one word; `extend`: and takes it in. */
export function move(context: Context, by: 1 | -1, extend: boolean): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  // Without Shift, arrows leave what is chosen by the side they point to.
  const from = choice === null ? -1 : extend ? choice.head : by > 0 ? Math.max(choice.anchor, choice.head) : Math.min(choice.anchor, choice.head);
  go(context, choice === null ? beside(marking, -1, 1) : beside(marking, from, by), extend);
}

export function go(context: Context, to: number, extend: boolean): void {
  const anchor = extend ? (markingOf(context).choice.value?.anchor ?? to) : to;
  if (to >= 0) choose(context, anchor, to);
}

/** The next or the last span. */
export function hop(context: Context, by: 1 | -1): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  const at = choice ? marking.places.toPoint(choice.start) : by > 0 ? 0 : Infinity;
  const next = neighbour(spansOf(context.draft.value), choice?.span ?? null, at, by);
  if (next) chooseSpan(context, next);
  else marking.said.value = t("Nothing is marked yet.");
}

/** A finger or a click on a piece. Twice on the same word of a span goes from the span to the word. */
export function touch(context: Context, piece: number, { extend, finger }: { extend: boolean; finger: boolean }): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  const { start, end } = marking.pieces[piece]!;
  const inside = choice !== null && overlapping(choice, { start, end });
  if (extend && choice) return choose(context, choice.anchor, piece);
  const here = within(spansOf(context.draft.value), pointsOf(marking, { start, end }));
  if (!inside && finger && choice && !choice.span && here.length === 0) return choose(context, Math.min(choice.anchor, choice.head, piece), Math.max(choice.anchor, choice.head, piece));
  const seen = inside && choice.span ? here.findIndex((one) => same(one, choice.span!)) : -1;
  const next = inside && seen < 0 ? undefined : here[seen + 1];
  if (next) return chooseSpan(context, next);
  if (inside && finger && !choice.span) return void clear(context);
  choose(context, piece, piece);
}

// --- marking ---------------------------------------------------------------------------------------------------------

/** Puts the label of that number on what is chosen; takes it away if that has it. */
export function press(context: Context, index: number): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  const label = namesOf(context.definition)[index];
  if (choice === null || label === undefined) {
    marking.said.value = t("Choose a word first: tap it, or go to it with the arrow keys.");
    return;
  }
  const before = spansOf(context.draft.value);
  const span = { ...pointsOf(marking, choice), label };
  const { spans, gone } = put(before, span, (context.definition as Spans).overlap);
  const there = spans.some((one) => same(one, span));
  const others = gone.filter((one) => one.start !== span.start || one.end !== span.end);
  const values = { label: titleOf(context.definition, label), text: quote(marking, choice), others: others.map((one) => spanned(context, one)).join(", ") };
  context.draft.value = { spans };
  marking.choice.value = { ...choice, span: there ? span : null };
  marking.said.value = !there
    ? t("“{text}” is no longer marked as {label}.", values)
    : others.length > 0
      ? t("“{text}” marked as {label}, in the place of {others}.", values)
      : t("“{text}” marked as {label}.", values);
}

/** Takes away the span that is chosen, or the shortest one where the choice is. */
export function remove(context: Context, which?: Span): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  const spans = spansOf(context.draft.value);
  const span = which ?? choice?.span ?? (choice ? within(spans, pointsOf(marking, choice))[0] : undefined);
  if (!span) {
    marking.said.value = t("Nothing is marked here.");
    return;
  }
  context.draft.value = { spans: without(spans, span) };
  if (choice) marking.choice.value = { ...choice, span: null };
  const values = { label: titleOf(context.definition, span.label), text: quote(marking, rangeOf(marking, span)) };
  marking.said.value = t("“{text}” is no longer marked as {label}.", values);
}

/** Moves one end of what is chosen by a character as people see it; of the span too, where a span is chosen. */
export function adjust(context: Context, side: "start" | "end", forward: boolean): void {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  if (choice === null) return;
  const range = { start: choice.start, end: choice.end, [side]: step(marking.text, choice[side], forward) };
  if (range.start >= range.end) return;
  const spans = choice.span ? without(spansOf(context.draft.value), choice.span) : [];
  const span = choice.span && { ...choice.span, ...pointsOf(marking, range) };
  if (span && (spans.some((one) => same(one, span)) || (!(context.definition as Spans).overlap && spans.some((one) => overlapping(one, span))))) {
    marking.said.value = t("There is no room: another mark begins here.");
    return;
  }
  if (span) context.draft.value = { spans: sorted([...spans, span]) };
  marking.choice.value = { ...range, anchor: pieceAt(marking.pieces, range.start), head: pieceAt(marking.pieces, range.end - 1), span };
  marking.said.value = span ? spanned(context, span) : `“${quote(marking, range)}”`;
}
