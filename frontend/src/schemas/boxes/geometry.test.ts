import assert from "node:assert/strict";
import { test } from "node:test";
import { around, between, gripped, moved, resized, under, type Grip } from "./geometry.ts";

const box = { label: "car", x: 1000, y: 2000, width: 3000, height: 4000 };

test("a box is drawn from any corner to the opposite one, and ends at the image's borders", () => {
  const drawn = { x: 1000, y: 2000, width: 500, height: 300 };
  assert.deepEqual(between({ x: 1000, y: 2000 }, { x: 1500, y: 2300 }, 1), drawn);
  assert.deepEqual(between({ x: 1500, y: 2000 }, { x: 1000, y: 2300 }, 1), drawn);
  assert.deepEqual(between({ x: 9000.4, y: -70 }, { x: 12_000, y: 300 }, 1), { x: 9000, y: 0, width: 1000, height: 300 });
  assert.equal(between({ x: 0, y: 0 }, { x: 49, y: 300 }, 50), null);
});

test("a new box lies around a point and inside the image", () => {
  assert.deepEqual(around({ x: 5000, y: 5000 }, 2000, 1000, 1), { x: 4000, y: 4500, width: 2000, height: 1000 });
  assert.deepEqual(around({ x: 100, y: 9900 }, 2000, 10, 50), { x: 0, y: 9875, width: 2000, height: 50 });
});

test("a box that is moved keeps its size and stays inside", () => {
  assert.deepEqual(moved(box, 500.4, -300), { ...box, x: 1500, y: 1700 });
  assert.deepEqual(moved(box, 99_999, -99_999), { ...box, x: 7000, y: 0 });
});

test("a side that is pulled stops at the border and before the opposite side", () => {
  assert.deepEqual(resized(box, { x: -1, y: 1 }, 500, 500, 50), { ...box, x: 1500, width: 2500, height: 4500 });
  assert.deepEqual(resized(box, { x: -1, y: 0 }, 99_999, 99_999, 50), { ...box, x: 3950, width: 50 });
  assert.deepEqual(resized(box, { x: 1, y: -1 }, 99_999, -99_999, 50), { ...box, width: 9000, y: 0, height: 6000 });
});

test("the sides are gripped near them, the box as a whole in its middle, nothing outside", () => {
  const reach = { x: 200, y: 200 };
  const at = (x: number, y: number): Grip | null => gripped(box, { x, y }, reach);
  assert.deepEqual(at(1000, 2000), { x: -1, y: -1 });
  assert.deepEqual(at(4150, 4000), { x: 1, y: 0 });
  assert.deepEqual(at(2500, 5900), { x: 0, y: 1 });
  assert.deepEqual(at(2500, 4000), { x: 0, y: 0 });
  assert.equal(at(4201, 4000), null);
});

test("however small a box is, its middle moves it and its handles are as large as ever", () => {
  const small = { x: 1000, y: 1000, width: 100, height: 100 }, reach = { x: 200, y: 200 };
  assert.deepEqual(gripped(small, { x: 1050, y: 1050 }, reach), { x: 0, y: 0 });
  assert.deepEqual(gripped(small, { x: 650, y: 650 }, reach), { x: -1, y: -1 });
  assert.deepEqual(gripped(small, { x: 1475, y: 1050 }, reach), { x: 1, y: 0 });
  assert.equal(gripped(small, { x: 1476, y: 1050 }, reach), null);
});

test("of several boxes under a point the smallest comes first", () => {
  const inner = { label: "car", x: 2000, y: 3000, width: 100, height: 100 };
  assert.deepEqual(under([box, inner], { x: 2050, y: 3050 }), [1, 0]);
  assert.deepEqual(under([box, inner], { x: 1500, y: 3050 }), [0]);
  assert.deepEqual(under([box, inner], { x: 0, y: 0 }), []);
});
