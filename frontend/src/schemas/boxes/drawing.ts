import type { Drag, Point as Pixels } from "../../shared/material/gestures";
import type { Lie } from "../../shared/material/Stage";
import { t } from "../../shared/i18n";
import type { Context } from "../kind";
import { boxesOf, leastOf, WHOLE, type Box, type Place } from "./definition";
import { between, gripped, moved, resized, under, type Grip, type Point } from "./geometry";
import { add, place, select, sessionOf, settle, type Seen } from "./session";

/** Half of what a finger and a mouse need to hit a handle, and how far a click may slip; CSS pixels. */
const REACH = { touch: 22, mouse: 12 };
const SLIP = { touch: 8, mouse: 4 };

/** A point of the stage, seen from its middle, as a place on the image. */
export function onImage({ x, y }: Pixels, lie: Lie): Point {
  return { x: ((x + lie.stage.width / 2 - lie.left) / lie.width) * WHOLE, y: ((y + lie.stage.height / 2 - lie.top) / lie.height) * WHOLE };
}

export function seenOf(lie: Lie): Seen {
  const pixel = { x: WHOLE / lie.width, y: WHOLE / lie.height };
  const along = (start: number, length: number, room: number): [number, number] => {
    const [from, to] = [Math.max(0, -start), Math.min(length, room - start)];
    return [((from + to) / 2 / length) * WHOLE, ((to - from) / length) * WHOLE];
  };
  const [x, width] = along(lie.left, lie.width, lie.stage.width);
  const [y, height] = along(lie.top, lie.height, lie.stage.height);
  return { middle: { x, y }, size: { x: width, y: height }, pixel };
}

/** What the pointer would take hold of: of the selected box alone, so that boxes can be drawn inside others. */
export function holdAt(context: Context, at: Pixels, lie: Lie, finger: boolean): Grip | null {
  const selected = sessionOf(context).selected.peek();
  const box = selected === null ? undefined : boxesOf(context.draft.peek())[selected];
  const reach = finger ? REACH.touch : REACH.mouse;
  return box ? gripped(box, onImage(at, lie), { x: (reach / lie.width) * WHOLE, y: (reach / lie.height) * WHOLE }) : null;
}

/** Draws, moves and resizes. A press that doesn't move selects the smallest box under it; again, the next larger one. */
export function drawing(context: Context, lie: Lie, show: (drawn: Place | null) => void): Drag {
  let from: Pixels = { x: 0, y: 0 };
  let grip: Grip | null = null;
  let before: Box | undefined;
  let [slipped, finger] = [false, false];
  const session = sessionOf(context);
  const drawnTo = (at: Pixels): Place | null => between(onImage(from, lie), onImage(at, lie), leastOf(context.definition));

  return {
    down(at, event) {
      [from, finger] = [at, event.pointerType !== "mouse"];
      grip = holdAt(context, at, lie, finger);
      before = grip ? boxesOf(context.draft.value)[session.selected.value!] : undefined;
      settle(context);
    },
    move(at) {
      slipped ||= Math.hypot(at.x - from.x, at.y - from.y) > (finger ? SLIP.touch : SLIP.mouse);
      if (!slipped) return;
      if (!before || !grip) return show(drawnTo(at));
      const [dx, dy] = [((at.x - from.x) / lie.width) * WHOLE, ((at.y - from.y) / lie.height) * WHOLE];
      const whole = grip.x === 0 && grip.y === 0;
      place(context, session.selected.value!, whole ? moved(before, dx, dy) : resized(before, grip, dx, dy, leastOf(context.definition)), "drag");
    },
    up(at) {
      show(null);
      if (!slipped) return select(context, pressed(boxesOf(context.draft.value), onImage(at, lie), session.selected.value));
      settle(context);
      if (before) return;
      const drawn = drawnTo(at);
      if (drawn) add(context, drawn);
      else session.said.value = t("Too small: nothing was drawn");
    },
    cancel() {
      show(null);
      if (before && slipped) place(context, session.selected.value!, before, "drag");
      settle(context);
    },
  };
}

function pressed(boxes: Box[], at: Point, selected: number | null): number | null {
  const found = under(boxes, at);
  const next = selected === null ? 0 : found.indexOf(selected) + 1;
  return found[next % Math.max(1, found.length)] ?? null;
}

/** The pointer's form over what it would take hold of. */
export function cursorOf(grip: Grip | null): string {
  if (!grip) return "crosshair";
  if (grip.x === 0 && grip.y === 0) return "move";
  if (grip.x === 0) return "ns-resize";
  if (grip.y === 0) return "ew-resize";
  return grip.x === grip.y ? "nwse-resize" : "nesw-resize";
}
