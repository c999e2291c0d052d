import assert from "node:assert/strict";
import { test } from "node:test";
import { matching } from "./matching.ts";

const options = [{ title: "City bus" }, { title: "Bus" }, { title: "Café", hint: "Also a coffee bus" }, { title: "Tram" }];

test("answers that begin with the words come first, in their order", () => {
  assert.deepEqual(matching(options, "BUS "), [1, 0, 2]);
});

test("accents need not be typed, and a hint counts", () => {
  assert.deepEqual(matching(options, "cafe"), [2]);
  assert.deepEqual(matching(options, "coffee"), [2]);
});

test("nothing asked is all, and what fits nothing is none", () => {
  assert.deepEqual(matching(options, "  "), [0, 1, 2, 3]);
  assert.deepEqual(matching(options, "train"), []);
});
