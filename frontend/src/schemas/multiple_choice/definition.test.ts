import assert from "node:assert/strict";
import { test } from "node:test";
import { count, describe, toggled } from "./definition.ts";

const definition = { kind: "multiple_choice", question: "Which?", input: { kind: "text", fields: ["text"] }, choices: [{ name: "cat" }, { name: "dog" }, { name: "hen", title: "A hen" }], minimum: 1, maximum: 2 };

test("a choice is put in the order of the definition, and taken out again", () => {
  assert.deepEqual(toggled(definition, ["hen"], 0), { choices: ["cat", "hen"] });
  assert.deepEqual(toggled(definition, ["cat", "hen"], 0), { choices: ["hen"] });
});

test("beyond the most nothing changes, but where one is all, it takes the other's place", () => {
  assert.deepEqual(toggled(definition, ["cat", "hen"], 1), { choices: ["cat", "hen"] });
  assert.deepEqual(toggled({ ...definition, maximum: 1 }, ["cat"], 1), { choices: ["dog"] });
});

test("it is said how many there are and may be", () => {
  assert.equal(count(definition, []), "Choose one more");
  assert.equal(count(definition, ["cat"]), "1 chosen");
  assert.equal(count(definition, ["cat", "dog"]), "2 chosen, the most there may be");
  assert.equal(count({ ...definition, minimum: 0 }, []), "None chosen");
  assert.equal(describe(definition, { choices: ["cat", "hen"] }), "Cat, A hen");
  assert.equal(describe(definition, { choices: [] }), "None of them");
});
