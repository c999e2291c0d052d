import assert from "node:assert/strict";
import { test } from "node:test";
import { found, step } from "./found.ts";

test("letters are found in any case, blanks in any number", () => {
  assert.deepEqual(found("A Cat. a  cat\na cat", "a cat"), [[0, 5], [7, 13], [14, 19]]);
  assert.deepEqual(found("Straße ÄÖ", "äö"), [[7, 9]]);
  assert.deepEqual(found("İstanbul istanbul", "istanbul"), [[9, 17]]);
});

test("signs stand for themselves, and nothing is not looked for", () => {
  assert.deepEqual(found("a.c abc (a-c) [x]{2}|$^/\\", "a.c"), [[0, 3]]);
  assert.deepEqual(found("a.c abc (a-c) [x]{2}|$^/\\", "(a-c) [x]{2}|$^/\\"), [[8, 25]]);
  assert.deepEqual(found("a b", "  "), []);
});

test("looking goes round the end in both directions", () => {
  assert.deepEqual([step(2, 1, 3), step(0, -1, 3), step(-1, 1, 3), step(0, 1, 0)], [0, 2, 0, -1]);
});
