import assert from "node:assert/strict";
import { test } from "node:test";
import { check, describe, length, options } from "./definition.ts";

const definition = {
  kind: "single_choice",
  question: "Does the offer meet the request?",
  input: { kind: "text_pair", fields: ["request", "offer"] },
  choices: [{ name: "match", title: "It matches", key: "m" }, { name: "no_match" }],
};

test("an answer must be one of the choices and nothing besides", () => {
  assert.equal(check(definition, { choice: "no_match" }), null);
  assert.match(check(definition, { choice: "maybe" }) ?? "", /one of match, no_match/);
  assert.match(check(definition, { choice: "match", note: "?" }) ?? "", /one field/);
  assert.match(check(definition, {}) ?? "", /one field/);
});

test("a choice without a title is shown by its name in words", () => {
  assert.deepEqual(options(definition).map((option) => option.title), ["It matches", "No match"]);
  assert.equal(describe(definition, { choice: "no_match" }), "No match");
});

test("what is to be read is as long as its texts", () => {
  assert.equal(length(definition, { request: "cat", offer: "" }), 3);
});
