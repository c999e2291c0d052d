import assert from "node:assert/strict";
import { test } from "node:test";
import { AS_GIVEN, shuffled } from "./shuffle.ts";

// The same table stands in tests/schemas/test_shuffle.py.
const KNOWN: Record<string, number[]> = { abc: [1, 3, 4, 0, 2], "": [0, 4, 1, 2, 3], "token-1": [1, 4, 3, 0, 2], ünï: [4, 3, 2, 0, 1] };

test("the server knows the order in which parts were shown", () => {
  for (const [token, order] of Object.entries(KNOWN)) assert.deepEqual(shuffled(5, token), order);
});

test("where nothing is leased, everything stands in its own order", () => {
  assert.deepEqual(shuffled(10, AS_GIVEN), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
