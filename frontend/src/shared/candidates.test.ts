import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, letterOf, prompt } from "./candidates.ts";
import { AS_GIVEN } from "./shuffle.ts";

const listed = { kind: "preference", question: "Which?", input: { kind: "texts", fields: ["prompt", "answers"] }, candidates: "answers" };
const apart = { kind: "preference", question: "Which?", input: { kind: "text_pair", fields: ["left", "right"] }, candidates: ["right", "left"] };

test("candidates lie in a list or in a field each, and what is no candidate is the prompt", () => {
  const payload = { prompt: "Why?", answers: ["So.", "Because."] };
  assert.deepEqual(candidates(listed, payload).map(({ value }) => value), ["So.", "Because."]);
  assert.deepEqual(prompt(listed, payload).map(({ value }) => value), ["Why?"]);
  assert.deepEqual(candidates(apart, { left: "a", right: "b" }).map(({ value }) => value), ["b", "a"]);
  assert.deepEqual(prompt(apart, { left: "a", right: "b" }), []);
});

test("letters follow the order in which candidates are shown", () => {
  // Of "abc" the order of five is 1, 3, 4, 0, 2: see shuffle.test.ts.
  assert.deepEqual([0, 1, 2, 3, 4].map((candidate) => letterOf(candidate, 5, "abc")), ["D", "A", "E", "B", "C"]);
  assert.equal(letterOf(2, 5, AS_GIVEN), "#3");
});
