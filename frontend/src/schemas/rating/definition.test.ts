import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, options } from "./definition.ts";

const scaled = (low: number, high: number) => ({ kind: "rating", question: "How?", input: { kind: "text", fields: ["text"] }, scale: { low, high, low_title: "Bad", high_title: "Good" } });

test("a level's key is its number where that is one digit", () => {
  assert.deepEqual(options(scaled(1, 3)).map(({ title, key, hint }) => [title, key, hint]), [["1", "1", "Bad"], ["2", "2", undefined], ["3", "3", "Good"]]);
  assert.deepEqual(options(scaled(0, 10)).at(-1)?.key, undefined);
  assert.deepEqual(options(scaled(-1, 1)).map(({ key }) => key), [undefined, undefined, undefined]);
  assert.equal(describe(scaled(1, 5), { rating: 4 }), "4 of 5");
});
