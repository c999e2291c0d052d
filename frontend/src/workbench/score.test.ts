import assert from "node:assert/strict";
import { test } from "node:test";
import { heading, outcome } from "./score.ts";

const at = (done: number, right: number) => ({ done, of: 10, right, needed: 8 });

test("an item of the practice says which it is of how many", () => {
  assert.equal(heading(at(0, 0)), "Practice 1 of 10: you see the right answer after each one. Of these, 8 must be right.");
  assert.equal(heading(at(2, 1)), "Practice 3 of 10: you see the right answer after each one.");
  assert.equal(heading(at(10, 6)), "Practice goes on: 6 of your last 10 were right, 8 are needed.");
});

test("the practice comes to nothing before its last item", () => {
  assert.equal(outcome(at(8, 8), true, at(9, 9)), null);
  assert.equal(outcome(null, true, null), null);
});

test("with its last item the practice is passed or not, before the server is asked again", () => {
  const [good, bad] = [at(9, 7), at(9, 7)];
  assert.deepEqual(outcome(good, true, good), { passed: true, text: "You passed: 8 of 10. Real work starts now." });
  assert.match(outcome(bad, false, bad)?.text ?? "", /^Not yet: 7 of 10; 8 are needed\./);
});

test("what the server says holds: who was let in has passed, whatever was right", () => {
  assert.deepEqual(outcome(at(9, 2), false, null), { passed: true, text: "You passed: 2 of 10. Real work starts now." });
});

test("after the first ten the server counts the newest ten", () => {
  const before = at(10, 7);
  assert.equal(outcome(before, true, before), null);
  assert.deepEqual(outcome(before, true, null), { passed: true, text: "You passed. Real work starts now." });
  assert.match(outcome(before, false, at(10, 6))?.text ?? "", /^Not yet: 6 of 10;/);
});
