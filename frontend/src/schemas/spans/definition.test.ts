import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer, Definition } from "../kind.ts";
import { check, describe, length, options, start } from "./definition.ts";
import { sorted, type Span } from "./marking.ts";

interface Case {
  of: string;
  answer: Answer;
  cleaned?: Answer;
  says?: string;
}
/** The server's tests read the same file. */
const table = JSON.parse(readFileSync(new URL("../../../../tests/schemas/answers/spans.json", import.meta.url), "utf8")) as {
  definitions: Record<string, Definition>;
  payload: Record<string, string>;
  good: Case[];
  bad: Case[];
};

test("answers that the server takes are taken, in the server's order", () => {
  for (const { of, answer, cleaned } of table.good) {
    assert.equal(check(table.definitions[of]!, answer, table.payload), null);
    assert.deepEqual(sorted(answer.spans as Span[]), (cleaned ?? answer).spans);
  }
});

test("answers that the server refuses are refused with the same words", () => {
  for (const { of, answer, says } of table.bad) {
    const said = check(table.definitions[of]!, answer, table.payload);
    assert.ok(said?.startsWith(says!), `${says} is not what is said of ${JSON.stringify(answer)}: ${said}`);
  }
});

test("of a suggestion only what may stand begins the draft", () => {
  const definition = table.definitions.apart!;
  const ada = { start: 4, end: 7, label: "person" };
  const suggestion = { spans: [{ start: 12, end: 20, label: "place" }, ada, { start: 5, end: 9, label: "place" }, { start: 18, end: 30, label: "place" }, "odd"] };
  assert.deepEqual(start(definition, table.payload, suggestion), { spans: [ada, { start: 12, end: 20, label: "place" }] });
  assert.deepEqual(start(definition, table.payload), { spans: [] });
  assert.deepEqual(start(definition, table.payload, { choice: "odd" }), { spans: [] });
});

test("labels are shown by their titles and an answer by its counts", () => {
  const definition = table.definitions.overlapping!;
  assert.deepEqual(options(definition).map((option) => option.title), ["Person", "Place", "𝒙", "Ａ"]);
  assert.equal(describe(definition, table.good.at(-1)!.answer), "2 Place, 1 𝒙, 1 Ａ");
  assert.equal(describe(definition, { spans: [] }), "Nothing marked");
  assert.equal(length(definition, {}), 0);
});
