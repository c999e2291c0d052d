import assert from "node:assert/strict";
import { test } from "node:test";
import { latin } from "./latin.ts";

test("on a keyboard of another script a key is what it is on a Latin one", () => {
  assert.equal(latin({ key: "س", code: "KeyS" }), "s");
  assert.equal(latin({ key: "٣", code: "Digit3" }), "3");
});

test("a Latin keyboard of another order keeps its own, and named keys their names", () => {
  assert.equal(latin({ key: "a", code: "KeyQ" }), "a");
  assert.equal(latin({ key: "é", code: "Digit2" }), "é");
  assert.equal(latin({ key: "Enter", code: "Enter" }), "Enter");
});
