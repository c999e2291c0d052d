import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer, Definition, Payload } from "../kind.ts";
import { check, describe, length, options, start } from "./definition.ts";
import { sorted, type Span } from "./marking.ts";

interface Table {
  definition: Definition;
  valid: Answer[];
  cleaned: { given: Answer; becomes: Answer }[];
  invalid: Answer[];
  says: string[];
}
/** The server's tests read the same file. */
const apart = JSON.parse(readFileSync(new URL("../../../../tests/schemas/answers/spans.json", import.meta.url), "utf8")) as Table & { payload: Payload; overlapping: Table };
const { payload, overlapping } = apart;

test("answers that the server takes are taken, in the server's order", () => {
  for (const { definition, valid, cleaned } of [apart, overlapping]) {
    for (const answer of valid) assert.equal(check(definition, answer, payload), null);
    for (const { given, becomes } of cleaned) {
      assert.equal(check(definition, given, payload), null);
      assert.deepEqual(sorted(given.spans as Span[]), becomes.spans);
    }
  }
});

test("answers that the server refuses are refused with the same words", () => {
  for (const { definition, invalid, says } of [apart, overlapping]) {
    for (const [index, answer] of invalid.entries()) {
      const said = check(definition, answer, payload);
      assert.ok(said?.startsWith(says[index]!), `${says[index]} is not what is said of ${JSON.stringify(answer)}: ${said}`);
    }
  }
});

test("of a suggestion only what may stand begins the draft", () => {
  const { definition } = apart;
  const ada = { start: 4, end: 7, label: "person" };
  const suggestion = { spans: [{ start: 12, end: 20, label: "place" }, ada, { start: 5, end: 9, label: "place" }, { start: 18, end: 30, label: "place" }, "odd"] };
  assert.deepEqual(start(definition, payload, suggestion), { spans: [ada, { start: 12, end: 20, label: "place" }] });
  assert.deepEqual(start(definition, payload), { spans: [] });
  assert.deepEqual(start(definition, payload, { choice: "odd" }), { spans: [] });
});

test("labels are shown by their titles and an answer by its counts", () => {
  const { definition } = overlapping;
  assert.deepEqual(options(definition).map((option) => option.title), ["Person", "Place", "𝒙", "Ａ"]);
  assert.equal(describe(definition, overlapping.valid.at(-1)!), "2 Place, 1 𝒙, 1 Ａ");
  assert.equal(describe(definition, { spans: [] }), "Nothing marked");
  assert.equal(length(definition, {}), 0);
});
