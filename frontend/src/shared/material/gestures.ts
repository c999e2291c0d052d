import type { View } from "./zoom";

const TAP_MS = 300;
const TAP_PX = 24;
const TAPPED = 2.5;

export interface Point {
  x: number;
  y: number;
}

/** What a mouse or one finger does instead of moving the image. Two fingers, the middle button, and a drag with Space
 *  held still zoom and move it. Points are seen from the stage's middle. */
export interface Drag {
  down: (at: Point, event: PointerEvent) => void;
  move: (at: Point, event: PointerEvent) => void;
  up: (at: Point, event: PointerEvent) => void;
  cancel: () => void;
}

/** Wheel, drag, pinch and double tap on a stage; returns what unbinds them. A wheel that zooms out of a whole image,
 *  and a finger on one, scroll the page as everywhere. `drag`: what one finger does, where it does something else. */
export function gestures(stage: HTMLElement, view: () => View, zoom: (factor: number, x: number, y: number) => void, move: (dx: number, dy: number) => void, whole: () => void, drag?: () => Drag): () => void {
  const pointers = new Map<number, Point>();
  let down = { x: 0, y: 0 };
  /** Whether the one finger that is down has not moved: a tap, if it stays so. */
  let still = true;
  let tapped = { at: -Infinity, x: 0, y: 0 };
  let dragging: Drag | undefined;
  let space = false;

  const at = (event: PointerEvent | WheelEvent): Point => middled(stage, event);
  const onWheel = (event: WheelEvent): void => {
    if (event.deltaY === 0 || (view().scale === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    // Lines and pages of some mice are few and large; a pinch on a trackpad comes as small steps with Ctrl.
    const unit = event.deltaMode === 0 ? 1 : 40;
    const { x, y } = at(event);
    zoom(Math.exp((-event.deltaY * unit) / (event.ctrlKey ? 100 : 400)), x, y);
  };
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0 && !(drag && event.button === 1)) return;
    still = pointers.size === 0;
    down = at(event);
    pointers.set(event.pointerId, down);
    dragging?.cancel();
    dragging = pointers.size === 1 && event.button === 0 && !space ? drag?.() : undefined;
    if (pointers.size === 2 || view().scale > 1 || drag) stage.setPointerCapture(event.pointerId);
    dragging?.down(down, event);
  };
  const onMove = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    if (distance(now, down) > TAP_PX) still = false;
    pointers.set(event.pointerId, now);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      zoom(distance(now, other) / Math.max(1, distance(before, other)), middle.x, middle.y);
      move((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (dragging) dragging.move(now, event);
    else if (view().scale > 1) move(now.x - before.x, now.y - before.y);
  };
  const onUp = (event: PointerEvent): void => {
    const alone = pointers.size === 1;
    const dragged = dragging;
    if (!pointers.delete(event.pointerId)) return;
    dragging = undefined;
    if (event.type === "pointerup") dragged?.up(at(event), event);
    else dragged?.cancel();
    if (!alone || !still || drag || event.type !== "pointerup") return;
    const { x, y } = at(event);
    const twice = event.timeStamp - tapped.at < TAP_MS && distance(tapped, { x, y }) < TAP_PX;
    tapped = { at: twice ? -Infinity : event.timeStamp, x, y };
    if (!twice) return;
    if (view().scale > 1) whole();
    else zoom(TAPPED, x, y);
  };
  const onSpace = (event: KeyboardEvent): void => {
    if (event.key !== " ") return;
    space = event.type === "keydown";
    if (space && (event.target === document.body || event.target === stage)) event.preventDefault();
  };
  const bound = { wheel: onWheel, pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp } as Record<string, (event: never) => void>;
  for (const [type, listen] of Object.entries(bound)) stage.addEventListener(type, listen as EventListener, { passive: false });
  if (drag) for (const type of ["keydown", "keyup"] as const) window.addEventListener(type, onSpace);
  return () => {
    for (const type of ["keydown", "keyup"] as const) window.removeEventListener(type, onSpace);
    for (const [type, listen] of Object.entries(bound)) stage.removeEventListener(type, listen as EventListener);
  };
}

/** Where something happened, seen from the stage's middle. */
export function middled(stage: HTMLElement, { clientX, clientY }: MouseEvent): Point {
  const box = stage.getBoundingClientRect();
  return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y);
