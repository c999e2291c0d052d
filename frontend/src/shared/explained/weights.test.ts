import assert from "node:assert/strict";
import { test } from "node:test";
import { runs, scaled, strongest } from "./weights.ts";

test("a text falls into runs of equal weight, whose strongest is 1", () => {
  assert.deepEqual(runs("very good food", [{ start: 5, end: 9, weight: 2 }, { start: 10, end: 14, weight: -1 }]), [
    { text: "very ", weight: 0 }, { text: "good", weight: 1 }, { text: " ", weight: 0 }, { text: "food", weight: -0.5 },
  ]);
});

test("where tokens overlap their weights add up, characters are code points, and none lies outside", () => {
  assert.deepEqual(runs("𝒙ab", [{ start: 0, end: 2, weight: 0.1 }, { start: 1, end: 9, weight: 0.2 }, { start: 0, end: 9, weight: 0 }]).map(({ text }) => text), ["𝒙", "a", "b"]);
  assert.equal(runs("𝒙ab", [{ start: 0, end: 2, weight: 0.1 }, { start: 1, end: 9, weight: 0.2 }])[1]?.weight, 1);
  assert.deepEqual(runs("", [{ start: 0, end: 4, weight: 1 }]), []);
  assert.deepEqual(runs("ab", []), [{ text: "ab", weight: 0 }]);
});

test("the strongest come first, whether they spoke for or against; nothing of no weight", () => {
  const parts = [{ weight: 0 }, { weight: 1 }, { weight: -4 }, { weight: 2 }];
  assert.deepEqual(strongest(parts, 2), [{ weight: -4 }, { weight: 2 }]);
  assert.deepEqual(scaled([{ weight: 0 }]), [{ weight: 0 }]);
  assert.deepEqual(scaled(parts)[2], { weight: -1 });
});
