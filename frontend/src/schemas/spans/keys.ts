import { t } from "../../shared/i18n";
import type { Context, KindKey } from "../kind";
import { adjust, beside, clear, go, hop, markingOf, move, remove } from "./state";
import { rightToLeft } from "./text";

type Run = (context: Context, event: KeyboardEvent) => void | false;

/** Not where arrows scroll something else. */
const onText = (run: (context: Context) => void | false): Run => (context, event) => {
  const place = event.target instanceof HTMLElement ? event.target.closest("aside, dialog") : null;
  if (place && !place.contains(markingOf(context).root)) return false;
  return run(context);
};

/** Arrows point where people see the next word, whatever the direction of the text. */
const forward = (context: Context, right: boolean): boolean => {
  const { text, choice } = markingOf(context);
  return right !== rightToLeft(text, choice.value?.start ?? 0);
};

const sideways = (right: boolean, extend: boolean): Run => onText((context) => move(context, forward(context, right) ? 1 : -1, extend));
const border = (side: "start" | "end", right: boolean): Run => onText((context) => adjust(context, side, forward(context, right)));
const upAndDown = (by: 1 | -1, extend: boolean): Run => onText((context) => {
  const marking = markingOf(context);
  const { value: choice } = marking.choice;
  go(context, choice ? onNextLine(context, choice.head, by) : beside(marking, -1, 1), extend);
});
const toEdge = (by: 1 | -1, extend: boolean): Run => onText((context) => {
  const marking = markingOf(context);
  go(context, by > 0 ? beside(marking, marking.pieces.length, -1) : beside(marking, -1, 1), extend);
});

/** The word on the next line, or the one before, that is nearest to a word's middle. */
function onNextLine(context: Context, from: number, by: 1 | -1): number {
  const { nodes, pieces } = markingOf(context);
  const box = (index: number): DOMRect => {
    const range = document.createRange();
    range.selectNode(nodes[index]!);
    return range.getClientRects()[0] ?? range.getBoundingClientRect();
  };
  const here = box(from);
  const middle = (rect: DOMRect): number => rect.left + rect.width / 2;
  let best = from;
  let line: DOMRect | null = null;
  for (let at = from + by; at >= 0 && at < pieces.length; at += by) {
    if (!pieces[at]!.solid) continue;
    const rect = box(at);
    const beyond = (one: DOMRect): boolean => (by > 0 ? rect.top >= one.bottom - one.height / 2 : rect.bottom <= one.top + one.height / 2);
    if (!beyond(here)) continue;
    if (line && beyond(line)) break;
    if (!line || Math.abs(middle(rect) - middle(here)) < Math.abs(middle(box(best)) - middle(here))) best = at;
    line ??= rect;
  }
  return best;
}

export const keys: KindKey[] = [
  { key: "ArrowRight", shown: "← →", title: t("Go from word to word"), held: true, run: sideways(true, false) },
  { key: "ArrowLeft", shown: "", title: "", held: true, run: sideways(false, false) },
  { key: "ArrowDown", shown: "↑ ↓", title: t("Go from line to line"), held: true, run: upAndDown(1, false) },
  { key: "ArrowUp", shown: "", title: "", held: true, run: upAndDown(-1, false) },
  { key: "Home", shown: "Home, End", title: t("Go to the first or last word"), run: toEdge(-1, false) },
  { key: "End", shown: "", title: "", run: toEdge(1, false) },
  { key: "Shift+ArrowRight", shown: "Shift + ← → ↑ ↓", title: t("Take in more words"), held: true, run: sideways(true, true) },
  { key: "Shift+ArrowLeft", shown: "", title: "", held: true, run: sideways(false, true) },
  { key: "Shift+ArrowDown", shown: "", title: "", held: true, run: upAndDown(1, true) },
  { key: "Shift+ArrowUp", shown: "", title: "", held: true, run: upAndDown(-1, true) },
  { key: "Shift+Home", shown: "", title: "", run: toEdge(-1, true) },
  { key: "Shift+End", shown: "", title: "", run: toEdge(1, true) },
  { key: "]", shown: "[ ]", title: t("Go from mark to mark"), held: true, run: onText((context) => hop(context, 1)) },
  { key: "[", shown: "", title: "", held: true, run: onText((context) => hop(context, -1)) },
  // Where brackets are typed with AltGr (Windows) or Option (Mac).
  { key: "Control+Alt+]", shown: "", title: "", run: onText((context) => hop(context, 1)) },
  { key: "Control+Alt+[", shown: "", title: "", run: onText((context) => hop(context, -1)) },
  { key: "Alt+]", shown: "", title: "", run: onText((context) => hop(context, 1)) },
  { key: "Alt+[", shown: "", title: "", run: onText((context) => hop(context, -1)) },
  { key: "Delete", title: t("Take a mark away"), run: onText((context) => remove(context)) },
  { key: "Backspace", shown: "", title: "", run: onText((context) => remove(context)) },
  { key: "Alt+ArrowRight", shown: "Alt + ← →", title: t("Move the end by one character"), held: true, run: border("end", true) },
  { key: "Alt+ArrowLeft", shown: "", title: "", held: true, run: border("end", false) },
  { key: "Alt+Shift+ArrowRight", shown: "Alt + Shift + ← →", title: t("Move the start by one character"), held: true, run: border("start", true) },
  { key: "Alt+Shift+ArrowLeft", shown: "", title: "", held: true, run: border("start", false) },
  { key: "Escape", title: t("Choose nothing"), run: onText(clear) },
];
