import assert from "node:assert/strict";
import { test } from "node:test";
import { shuffled } from "../../shared/shuffle.ts";
import { ask, describe, options, start } from "./definition.ts";
import { moved, placedWith, swapped } from "./order.ts";

const definition = { kind: "ranking", question: "In order", input: { kind: "texts", fields: ["answers"] }, candidates: "answers" };
const payload = { answers: ["a", "b", "c"] };

test("what is moved pushes the others along, within the list", () => {
  assert.deepEqual(moved([0, 1, 2, 3], 3, 1), [0, 3, 1, 2]);
  assert.deepEqual(moved([0, 1, 2, 3], 0, -1), [0, 1, 2, 3]);
  assert.deepEqual(moved([0, 1, 2, 3], 0, 9), [1, 2, 3, 0]);
});

test("what is put in a place changes with the one there, so that places given before stay", () => {
  assert.deepEqual(swapped([0, 1, 2, 3], 0, 2), [2, 1, 0, 3]);
  assert.deepEqual(swapped([0, 1], 0, 5), [0, 1]);
  assert.deepEqual(placedWith([0], 1, 0), [1]);
  assert.deepEqual(placedWith([0, 1], 1, 0), [0, 1]);
});

test("a card begins in the order of its token, or with the model's", () => {
  assert.deepEqual(start(definition, payload, undefined, "abc"), { order: shuffled(3, "abc") });
  assert.deepEqual(start(definition, payload, { order: [2, 1, 0] }, "abc"), { order: [2, 1, 0] });
});

test("an order reads by the letters of the card, or by the numbers of the payload", () => {
  const order = shuffled(3, "abc");
  assert.equal(describe(definition, { order }, { payload, token: "abc" }), "A > B > C");
  assert.equal(describe(definition, { order: [2, 0, 1] }), "#3 > #1 > #2");
  assert.equal(options(definition).length, 10);
  assert.equal(options({ ...definition, candidates: ["a", "b"] }).length, 2);
});

test("an order in which nothing was moved is asked about once, and then taken", () => {
  const untouched = start(definition, payload, undefined, "abc");
  assert.match(ask(definition, untouched, payload) ?? "", /nothing was moved/);
  assert.equal(ask(definition, untouched, payload), null);
  assert.equal(ask(definition, { order: [0, 1, 2] }, payload), null);
});
