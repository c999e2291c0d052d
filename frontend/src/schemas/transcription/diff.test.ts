import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, type Change } from "./diff.ts";

const shown = (before: string, after: string): string =>
  difference(before, after).map(({ kind, text }) => ({ same: text, in: `+${text}+`, out: `-${text}-` })[kind]).join("");
const side = (changes: Change[], but: "in" | "out"): string => changes.filter(({ kind }) => kind !== but).map(({ text }) => text).join("");

test("words are put in and taken out, not letters", () => {
  assert.equal(shown("the cat sat", "the cat sat"), "the cat sat");
  assert.equal(shown("the cot sat", "the cat sat"), "the -cot-+cat+ sat");
  assert.equal(shown("the cat sat", "the cat sat down"), "the cat sat+ down+");
  assert.equal(shown("a big cat", "a cat"), "a -big -cat");
  assert.equal(shown("one tow tree", "one two three"), "one -tow tree-+two three+");
  assert.equal(shown("東京大きい", "東京は大きい"), "東京+は+大きい");
  assert.equal(shown("", "new"), "+new+");
});

test("both texts can be read from their difference, however long", () => {
  const chance = (seed: number): string => Array.from({ length: 60 }, (_, index) => "abcd"[(seed * (index + 7) * 2654435761) >>> 30]).join(seed % 2 ? " " : "\n");
  const long = (word: string): string => Array.from({ length: 3000 }, (_, index) => `${word}${index}`).join(" ");
  const pairs = [...Array.from({ length: 20 }, (_, seed) => [chance(seed), chance(seed + 3)] as const), [long("a"), long("b")] as const, ["e\u0301  a", "e a"] as const];
  for (const [before, after] of pairs) {
    const changes = difference(before, after);
    assert.equal(side(changes, "in"), before);
    assert.equal(side(changes, "out"), after);
  }
});
