import assert from "node:assert/strict";
import { test } from "node:test";
import { shuffled } from "../../shared/shuffle.ts";
import type { Answer, Context } from "../kind.ts";
import { describe, options, press } from "./definition.ts";

const definition = {
  kind: "preference", question: "Which?", input: { kind: "texts", fields: ["answers"] }, candidates: "answers",
  ties: ["tie", "both_bad"], reasons: { tags: ["Clearer", "Safer"], words: true },
};

function card(token: string): { context: Context; given: [Answer, string | undefined][] } {
  const given: [Answer, string | undefined][] = [];
  const draft = { value: undefined } as Context["draft"];
  return { given, context: { definition, payload: { answers: ["a", "b"] }, token, draft, options: options(definition), keys: [], notes: true, give: (answer, note) => given.push([answer, note]) } };
}

const straight = ["a", "b", "c", "d", "e"].find((token) => shuffled(2, token)[0] === 0)!;
const turned = ["a", "b", "c", "d", "e"].find((token) => shuffled(2, token)[0] === 1)!;

test("the answer names the candidate of the payload, whichever side it was on", () => {
  for (const [token, names] of [[straight, ["first", "second"]], [turned, ["second", "first"]]] as const) {
    const { context, given } = card(token);
    press(context, 0);
    press(context, 1);
    press(context, 2);
    assert.deepEqual(given, [[{ preferred: names[0] }, undefined], [{ preferred: names[1] }, undefined], [{ preferred: "tie" }, undefined]]);
  }
});

test("labellers are told of the letter they saw, others of the place in the payload", () => {
  assert.equal(describe(definition, { preferred: "first" }), "First is better");
  assert.equal(describe(definition, { preferred: "first" }, { payload: {}, token: straight }), "A is better");
  assert.equal(describe(definition, { preferred: "first" }, { payload: {}, token: turned }), "B is better");
  assert.equal(describe(definition, { preferred: "both_bad" }), "Both are bad");
});

test("an answer that is taken back comes back with its reasons", () => {
  const { context, given } = card(turned);
  const back = { ...context, token: "another", note: "Safer; Clearer; short; to the point" };
  press(back, 0);
  press(back, 4);
  press(back, 1);
  assert.deepEqual(given.map(([, note]) => note), ["Safer; Clearer; short; to the point", "Safer; short; to the point"]);
});

test("reasons go along as a note and belong to one card", () => {
  const { context, given } = card(straight);
  for (const index of [5, 4, 5]) press(context, index);
  press(context, 0);
  assert.deepEqual(given, [[{ preferred: "first" }, "Clearer"]]);
  press({ ...context, token: "another" }, 2);
  assert.deepEqual(given[1], [{ preferred: "tie" }, undefined]);
});
