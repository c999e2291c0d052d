import { t } from "../../shared/i18n.ts";
import type { Context, KindKey } from "../kind";
import { boxesOf, leastOf, placed } from "./definition.ts";
import { moved, resized } from "./geometry.ts";
import { addInTheMiddle, cycle, place, redo, remove, select, sessionOf, undo } from "./session.ts";

const STEP = 10;
const ARROWS: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrows move the selected box, with Shift its right and bottom sides: by ten pixels of the screen, with Ctrl or Alt by
 *  one; so zooming makes them finer. */
function nudge(context: Context, { key, shiftKey, ctrlKey, altKey, metaKey }: KeyboardEvent): boolean {
  const arrow = ARROWS[key];
  const session = sessionOf(context), at = session.selected.value;
  const box = at === null ? undefined : boxesOf(context.draft.value)[at];
  if (!arrow || metaKey || !box || at === null || context.locked) return false;
  const pixels = ctrlKey || altKey ? 1 : STEP;
  const by = (direction: number, pixel: number): number => direction * Math.max(1, Math.round(pixels * pixel));
  const [dx, dy] = [by(arrow[0], session.seen.pixel.x), by(arrow[1], session.seen.pixel.y)];
  const next = shiftKey ? resized(box, { x: arrow[0] ? 1 : 0, y: arrow[1] ? 1 : 0 }, dx, dy, leastOf(context.definition)) : moved(box, dx, dy);
  place(context, at, next, shiftKey ? "resize" : "move");
  session.said.value = placed(next);
  return true;
}

function deselect(context: Context): boolean {
  const on = sessionOf(context).selected.value !== null;
  select(context, null);
  return on;
}

/** Keys that are no characters, wherever the focus is on the image or on the list of boxes. True: it was one of ours. */
export function onKey(context: Context, event: KeyboardEvent): boolean {
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "z") return event.shiftKey ? redo(context) : undo(context);
  if (command && event.key.toLowerCase() === "y") return redo(context);
  if (event.key === "Delete" || event.key === "Backspace") return remove(context);
  if (event.key === "Escape") return deselect(context);
  return nudge(context, event);
}

/** The image has the keyboard from then on: there arrows may be held down. */
const then = (act: (context: Context, event: KeyboardEvent) => boolean | void) => (context: Context, event: KeyboardEvent): void | false => {
  if (act(context, event) === false) return false;
  sessionOf(context).focus();
};
const MODIFIERS = ["", "Shift+", "Control+", "Alt+", "Control+Shift+", "Alt+Shift+"];
const TITLES: Record<string, [string, string]> = {
  "": ["←↑→↓", t("Move the box")],
  "Shift+": ["Shift ←↑→↓", t("Make it larger or smaller")],
  "Control+": ["Ctrl ←↑→↓", t("The same by one pixel, with Alt as well")],
};
const arrows: KindKey[] = MODIFIERS.flatMap((modifier) =>
  Object.keys(ARROWS).map((key, index) => {
    const [shown, title] = (index === 0 && TITLES[modifier]) || ["", ""];
    return { key: modifier + key, shown, title, run: then(nudge) };
  }),
);

export const keys: KindKey[] = [
  { key: "n", title: t("New box in the middle of what is seen"), run: then(addInTheMiddle) },
  { key: "]", title: t("Next box"), run: then((context) => cycle(context, 1)) },
  { key: "[", title: t("Box before"), run: then((context) => cycle(context, -1)) },
  ...arrows,
  { key: "Delete", title: t("Delete the box"), run: then(remove) },
  { key: "Backspace", shown: "", title: "", run: then(remove) },
  { key: "Escape", title: t("Let go of the box"), run: then(deselect) },
  { key: "$mod+z", shown: "Ctrl Z", title: t("Take back the last change to this image, then the last answer"), run: then(undo) },
];
