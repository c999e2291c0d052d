import { WHOLE, type Box, type Place } from "./definition.ts";

/** A place on the image, out of WHOLE of its width and height. */
export interface Point {
  x: number;
  y: number;
}
/** Which sides are pulled: -1 left or top, 1 right or bottom, 0 none. Both 0: the box as a whole. */
export interface Grip {
  x: -1 | 0 | 1;
  y: -1 | 0 | 1;
}

export const GRIPS: Grip[] = ([-1, 0, 1] as const).flatMap((y) => ([-1, 0, 1] as const).map((x) => ({ x, y }))).filter(({ x, y }) => x !== 0 || y !== 0);

const held = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** The box between two points, cut off at the image's borders; null where a side is shorter than `least`. */
export function between(one: Point, other: Point, least: number): Place | null {
  const side = (a: number, b: number): [number, number] => {
    const [from, to] = [Math.min(a, b), Math.max(a, b)].map((value) => Math.round(held(value, 0, WHOLE))) as [number, number];
    return [from, to - from];
  };
  const [x, width] = side(one.x, other.x);
  const [y, height] = side(one.y, other.y);
  return width >= least && height >= least ? { x, y, width, height } : null;
}

/** A box of that size around a point, inside the image. */
export function around(middle: Point, width: number, height: number, least: number): Place {
  const size = { width: Math.round(held(width, least, WHOLE)), height: Math.round(held(height, least, WHOLE)) };
  return moved({ x: Math.round(middle.x - size.width / 2), y: Math.round(middle.y - size.height / 2), ...size }, 0, 0);
}

/** The box elsewhere, as large as it was; it stops at the image's borders. */
export function moved<T extends Place>(box: T, dx: number, dy: number): T {
  return { ...box, x: held(box.x + Math.round(dx), 0, WHOLE - box.width), y: held(box.y + Math.round(dy), 0, WHOLE - box.height) };
}

/** The box with the gripped sides pulled; they stop at the image's borders and `least` before the opposite side. */
export function resized<T extends Place>(box: T, grip: Grip, dx: number, dy: number, least: number): T {
  const [x, width] = pulled(box.x, box.width, grip.x, Math.round(dx), least);
  const [y, height] = pulled(box.y, box.height, grip.y, Math.round(dy), least);
  return { ...box, x, y, width, height };
}

function pulled(from: number, length: number, grip: -1 | 0 | 1, by: number, least: number): [number, number] {
  const to = from + length;
  if (grip < 0) {
    const moved = held(from + by, 0, to - least);
    return [moved, to - moved];
  }
  return grip > 0 ? [from, held(to + by, from + least, WHOLE) - from] : [from, length];
}

/** Where the box is gripped at a point, or null for outside. `reach`: half of the target of a handle. Inside, at least
 *  half of the box is left to move it by; what a handle lacks there, its target has outside. */
export function gripped(box: Place, point: Point, reach: Point): Grip | null {
  const x = side(point.x - box.x, box.width, reach.x);
  const y = side(point.y - box.y, box.height, reach.y);
  return x === null || y === null ? null : { x, y };
}

function side(at: number, length: number, reach: number): -1 | 0 | 1 | null {
  const inner = Math.min(reach, length / 4);
  const outer = 2 * reach - inner;
  if (at < -outer || at > length + outer) return null;
  if (at <= inner) return -1;
  return at >= length - inner ? 1 : 0;
}

/** The boxes under a point, the smallest first. */
export function under(boxes: Box[], { x, y }: Point): number[] {
  const inside = (box: Box): boolean => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  const area = (index: number): number => boxes[index]!.width * boxes[index]!.height;
  return boxes.flatMap((box, index) => (inside(box) ? [index] : [])).sort((one, other) => area(one) - area(other));
}
