import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer, Definition, Payload } from "../kind.ts";
import { begun, check, cleaned, describe, length, start } from "./definition.ts";

interface Table {
  definition: Definition;
  valid: Answer[];
  cleaned: { given: { text: string }; becomes: Answer }[];
  invalid: Answer[];
  says: string[];
}
/** The server's tests read the same file. */
const table = JSON.parse(readFileSync(new URL("../../../../tests/schemas/answers/transcription.json", import.meta.url), "utf8")) as Table & { payload: Payload; line: Table };

test("texts that the server takes are taken, in the server's spelling", () => {
  for (const part of [table, table.line]) {
    for (const answer of part.valid) assert.equal(check(part.definition, answer), null);
    for (const { given, becomes } of part.cleaned) {
      assert.equal(check(part.definition, given), null);
      assert.deepEqual({ text: cleaned(part.definition, given.text) }, becomes);
    }
  }
});

test("texts that the server refuses are refused with the same words", () => {
  for (const { definition, invalid, says } of [table, table.line]) {
    for (const [index, answer] of invalid.entries()) {
      const said = check(definition, answer);
      assert.ok(said?.startsWith(says[index]!), `${says[index]} is not what is said of ${JSON.stringify(answer)}: ${said}`);
    }
  }
});

test("a text begins as the model's, else as the one to be corrected, else empty", () => {
  const { definition } = table.line;
  const payload = { text: "cat", read: "a cot" };
  assert.deepEqual(start(definition, payload), { text: "a cot" });
  assert.deepEqual(start(definition, payload, { text: "a cat" }), { text: "a cat" });
  assert.equal(begun(definition, payload), "a cat");
  assert.deepEqual(start(table.definition, table.payload), { text: "" });
  assert.equal(begun(table.definition, table.payload), null);
  assert.equal(length(definition, { text: "cat", read: "a cot" }), 8);
});

test("a long text is described by its beginning", () => {
  assert.equal(describe(table.definition, { text: "one\ntwo" }), "one two");
  assert.equal(describe(table.definition, { text: "x".repeat(90) }).length, 80);
});

test("long runs of blanks take no time", () => {
  const long = `x${" ".repeat(300_000)}x`;
  for (const { definition } of [table, table.line]) assert.equal(cleaned(definition, `${" ".repeat(300_000)}${long}`), long);
});
