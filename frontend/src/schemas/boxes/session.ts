import { signal, type Signal } from "@preact/signals";
import { t } from "../../shared/i18n.ts";
import type { Answer, Context } from "../kind";
import { boxesOf, labelsOf, leastOf, placed, titleOf, type Box } from "./definition.ts";
import { around, type Point } from "./geometry.ts";

/** What is seen of the image now, out of WHOLE of its sides, and how much of them one pixel of the screen is. */
export interface Seen {
  middle: Point;
  size: Point;
  pixel: Point;
}

/** What is going on beside the draft itself: the viewer and the editor of one card have it in common. */
export interface Session {
  token: string;
  selected: Signal<number | null>;
  /** The label that new boxes get: its place in the definition. */
  label: Signal<number>;
  /** The drafts before each change, and those taken back. */
  past: Signal<Answer[]>;
  future: Signal<Answer[]>;
  /** Said to screen readers. */
  said: Signal<string>;
  /** What changed last: changes of one kind to one box are taken back as one. */
  last: string;
  seen: Seen;
  /** Brings the keyboard to the image. */
  focus: () => void;
}

const sessions = new WeakMap<Signal<Answer | undefined>, Session>();
const ALL: Seen = { middle: { x: 5000, y: 5000 }, size: { x: 10_000, y: 10_000 }, pixel: { x: 20, y: 20 } };

export function sessionOf({ draft, token }: Context): Session {
  const known = sessions.get(draft);
  if (known?.token === token) return known;
  const begun: Session = {
    token, selected: signal(null), label: signal(known?.label.peek() ?? 0), past: signal([]), future: signal([]), said: signal(""), last: "",
    seen: ALL, focus: () => undefined,
  };
  sessions.set(draft, begun);
  return begun;
}

/** Puts other boxes in the draft. `what` names the kind of change and the box. */
export function change(context: Context, boxes: Box[], what: string): void {
  const session = sessionOf(context);
  if (context.locked || !context.draft.value) return;
  if (what !== session.last) session.past.value = [...session.past.value, context.draft.value];
  session.last = what;
  session.future.value = [];
  context.draft.value = { boxes };
}

/** The next change is one of its own. */
export function settle(context: Context): void {
  sessionOf(context).last = "";
}

/** Puts another place on one box. */
export function place(context: Context, index: number, box: Box, what: string): void {
  change(context, boxesOf(context.draft.value).map((old, number) => (number === index ? box : old)), `${what} ${index}`);
}

export function select(context: Context, index: number | null): void {
  const session = sessionOf(context);
  if (session.selected.value === index) return;
  settle(context);
  session.selected.value = index;
  const box = index === null ? undefined : boxesOf(context.draft.value)[index];
  if (!box) return void (session.said.value = "");
  session.label.value = Math.max(0, labelsOf(context.definition).findIndex(({ name }) => name === box.label));
  session.said.value = spoken(context, index!);
}

/** "Box 2 of 3, Car: 40% from the left, …" */
export function spoken({ definition, draft }: Context, index: number): string {
  const boxes = boxesOf(draft.value), box = boxes[index]!;
  return t("Box {number} of {n}, {label}: {place}", { number: index + 1, n: boxes.length, label: titleOf(definition, box.label), place: placed(box) });
}

export function add(context: Context, made: Omit<Box, "label">): void {
  const { definition, draft, locked } = context;
  const session = sessionOf(context), boxes = boxesOf(draft.value);
  const label = labelsOf(definition)[session.label.value]?.name;
  if (locked || label === undefined) return;
  settle(context);
  change(context, [...boxes, { label, ...made }], "add");
  select(context, boxes.length);
}

/** A box in the middle of what is seen, a quarter of it wide and high; beside one that is there already. */
export function addInTheMiddle(context: Context): void {
  const { middle, size } = sessionOf(context).seen;
  const boxes = boxesOf(context.draft.value);
  const at = (step: number): Omit<Box, "label"> => around({ x: middle.x + step, y: middle.y + step }, size.x / 4, size.y / 4, leastOf(context.definition));
  let step = 0;
  while (step < 3000 && boxes.some((box) => box.x === at(step).x && box.y === at(step).y)) step += 300;
  add(context, at(step));
}

export function relabel(context: Context, index: number): void {
  const session = sessionOf(context), at = session.selected.value;
  const label = labelsOf(context.definition)[index]?.name;
  const box = at === null ? undefined : boxesOf(context.draft.value)[at];
  if (label === undefined || context.locked) return;
  session.label.value = index;
  if (!box || at === null) return void (session.said.value = t("New boxes: {label}", { label: titleOf(context.definition, label) }));
  if (box.label !== label) place(context, at, { ...box, label }, "relabel");
  settle(context);
  session.said.value = spoken(context, at);
}

/** Removes the selected box; returns whether there was one. */
export function remove(context: Context): boolean {
  const session = sessionOf(context), at = session.selected.value;
  if (at === null || context.locked) return false;
  settle(context);
  change(context, boxesOf(context.draft.value).filter((_, index) => index !== at), "remove");
  session.selected.value = null;
  session.said.value = t("Box {number} is deleted", { number: at + 1 });
  return true;
}

/** Selects the next or the previous box, round and round. */
export function cycle(context: Context, by: 1 | -1): boolean {
  const n = boxesOf(context.draft.value).length, at = sessionOf(context).selected.value;
  if (n === 0) return false;
  select(context, at === null ? (by > 0 ? 0 : n - 1) : (at + by + n) % n);
  return true;
}

/** Takes back the last change to this draft. False where none was ever made: then it is for the page to take back the
 *  answer before. */
export function undo(context: Context): boolean {
  const session = sessionOf(context);
  const before = session.past.value.at(-1);
  if (!before) {
    if (session.future.value.length > 0) session.said.value = t("Everything on this image is taken back already");
    return session.future.value.length > 0;
  }
  session.past.value = session.past.value.slice(0, -1);
  back(context, session, session.future, before);
  session.said.value = t("The last change is taken back");
  return true;
}

export function redo(context: Context): boolean {
  const session = sessionOf(context);
  const next = session.future.value.at(-1);
  if (!next) return false;
  session.future.value = session.future.value.slice(0, -1);
  back(context, session, session.past, next);
  session.said.value = t("The change is made again");
  return true;
}

function back(context: Context, session: Session, kept: Signal<Answer[]>, to: Answer): void {
  if (context.draft.value) kept.value = [...kept.value, context.draft.value];
  context.draft.value = to;
  session.last = "";
  const at = session.selected.value;
  if (at !== null && at >= boxesOf(to).length) session.selected.value = null;
}
