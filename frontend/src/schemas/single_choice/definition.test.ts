import assert from "node:assert/strict";
import { test } from "node:test";
import { check, describe, length, options, texts } from "./definition.ts";

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

test("a missing or empty text is told apart from a text", () => {
  assert.deepEqual(texts(definition, { request: "cat", offer: "" }), [{ field: "Request", text: "cat" }, { field: "Offer", text: null }]);
  assert.equal(length(definition, { request: "cat" }), 3);
});
