import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_SCALE, moved, WHOLE, zoomed } from "./zoom.ts";

const stage = { width: 400, height: 300 };
const wide = { width: 400, height: 100 };

test("what is under the finger stays there", () => {
  const view = zoomed(WHOLE, 4, stage, stage, 100, 50);
  assert.deepEqual(view, { scale: 4, x: -300, y: -150 });
  // The point of the image that was at (100, 50) is still there.
  assert.deepEqual([(100 - view.x) / 4, (50 - view.y) / 4], [100, 50]);
});

test("zoom ends at the whole image, in its place, and at a greatest scale", () => {
  const far = moved(zoomed(WHOLE, 4, stage, stage), 500, -500, stage, stage);
  assert.deepEqual(zoomed(far, 0.01, stage, stage), WHOLE);
  assert.equal(zoomed(WHOLE, 1000, stage, stage).scale, MAX_SCALE);
});

test("no more is left empty at a side than the whole image leaves", () => {
  const view = zoomed(WHOLE, 2, stage, wide);
  assert.deepEqual(moved(view, 1000, 1000, stage, wide), { scale: 2, x: 200, y: 0 });
  assert.deepEqual(moved(view, -1000, -1000, stage, wide), { scale: 2, x: -200, y: 0 });
  assert.deepEqual(moved(WHOLE, 10, 10, stage, wide), WHOLE);
});
