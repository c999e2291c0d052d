import type { View } from "./zoom";

const TAP_MS = 300;
const TAP_PX = 24;
const TAPPED = 2.5;

interface Point {
  x: number;
  y: number;
}

/** Wheel, drag, pinch and double tap on a stage; returns what unbinds them. A wheel that zooms out of a whole image,
 *  and a finger on one, scroll the page as everywhere. */
export function gestures(stage: HTMLElement, view: () => View, zoom: (factor: number, x: number, y: number) => void, move: (dx: number, dy: number) => void, whole: () => void): () => void {
  const pointers = new Map<number, Point>();
  let tapped = { at: -Infinity, x: 0, y: 0 };

  const at = ({ clientX, clientY }: PointerEvent | WheelEvent): Point => {
    const box = stage.getBoundingClientRect();
    return { x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2 };
  };
  const onWheel = (event: WheelEvent): void => {
    if (event.deltaY === 0 || (view().scale === 1 && event.deltaY > 0)) return;
    event.preventDefault();
    // Lines and pages of some mice are few and large; a pinch on a trackpad comes as small steps with Ctrl.
    const unit = event.deltaMode === 0 ? 1 : 40;
    const { x, y } = at(event);
    zoom(Math.exp((-event.deltaY * unit) / (event.ctrlKey ? 100 : 400)), x, y);
  };
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, at(event));
    if (pointers.size === 2 || view().scale > 1) stage.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent): void => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    pointers.set(event.pointerId, now);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      zoom(distance(now, other) / Math.max(1, distance(before, other)), middle.x, middle.y);
      move((now.x - before.x) / 2, (now.y - before.y) / 2);
    } else if (view().scale > 1) move(now.x - before.x, now.y - before.y);
  };
  const onUp = (event: PointerEvent): void => {
    const alone = pointers.size === 1;
    if (!pointers.delete(event.pointerId) || !alone || event.type !== "pointerup") return;
    const { x, y } = at(event);
    const twice = event.timeStamp - tapped.at < TAP_MS && distance(tapped, { x, y }) < TAP_PX;
    tapped = { at: twice ? -Infinity : event.timeStamp, x, y };
    if (!twice) return;
    if (view().scale > 1) whole();
    else zoom(TAPPED, x, y);
  };
  const bound = { wheel: onWheel, pointerdown: onDown, pointermove: onMove, pointerup: onUp, pointercancel: onUp } as Record<string, (event: never) => void>;
  for (const [type, listen] of Object.entries(bound)) stage.addEventListener(type, listen as EventListener, { passive: false });
  return () => {
    for (const [type, listen] of Object.entries(bound)) stage.removeEventListener(type, listen as EventListener);
  };
}

const distance = (one: Point, other: Point): number => Math.hypot(one.x - other.x, one.y - other.y);
