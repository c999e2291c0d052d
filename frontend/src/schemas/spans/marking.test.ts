import assert from "node:assert/strict";
import { test } from "node:test";
import { lanes, neighbour, put, within, type Span } from "./marking.ts";

const at = (start: number, end: number, label = "place"): Span => ({ start, end, label });

test("a span that is put twice is gone again", () => {
  const { spans } = put([at(0, 3)], at(5, 8), false);
  assert.deepEqual(spans, [at(0, 3), at(5, 8)]);
  assert.deepEqual(put(spans, at(0, 3), false), { spans: [at(5, 8)], gone: [at(0, 3)] });
});

test("where spans may not overlap, those in the way make room; else they stay", () => {
  const before = [at(0, 3), at(4, 8), at(8, 9)];
  assert.deepEqual(put(before, at(2, 8, "person"), false), { spans: [at(2, 8, "person"), at(8, 9)], gone: [at(0, 3), at(4, 8)] });
  assert.deepEqual(put(before, at(2, 8, "person"), true).spans, [at(0, 3), at(2, 8, "person"), at(4, 8), at(8, 9)]);
});

test("the next span and the one before go round", () => {
  const spans = [at(0, 3), at(5, 8), at(10, 12)];
  assert.deepEqual(neighbour(spans, null, 4, 1), at(5, 8));
  assert.deepEqual(neighbour(spans, null, 4, -1), at(0, 3));
  assert.deepEqual(neighbour(spans, at(10, 12), 10, 1), at(0, 3));
  assert.deepEqual(neighbour(spans, at(0, 3), 0, -1), at(10, 12));
  assert.equal(neighbour([], null, 0, 1), undefined);
});

test("the shortest span at a place comes first, and spans that overlap are drawn on lines of their own", () => {
  const spans = [at(0, 9), at(0, 3, "person"), at(3, 5, "person"), at(9, 12)];
  assert.deepEqual(within(spans, { start: 1, end: 2 }), [at(0, 3, "person"), at(0, 9)]);
  assert.deepEqual(lanes([at(0, 3), at(0, 9), at(3, 5), at(9, 12)]), [0, 1, 0, 0]);
});
