import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer, Definition } from "../kind.ts";
import { check, describe, options, placed, start } from "./definition.ts";

interface Table {
  definition: Definition;
  valid: Answer[];
  invalid: Answer[];
  at: string[];
}
// The server's tests read the same.
const { definition, valid, invalid, at }: Table = JSON.parse(readFileSync(new URL("../../../../tests/schemas/answers/boxes.json", import.meta.url), "utf8"));

test("what the server takes is taken", () => {
  for (const answer of valid) assert.equal(check(definition, answer), null);
  assert.equal(check({ ...definition, may_be_empty: true }, { boxes: [] }), null);
});

test("what the server refuses is refused, and the same field is named", () => {
  invalid.forEach((answer, number) => {
    const wrong = check(definition, answer);
    assert.ok(wrong, JSON.stringify(answer));
    // What people can come upon is said in words.
    if (wrong.includes(": ")) assert.equal(wrong.split(": ")[0], at[number], wrong);
    else assert.deepEqual(answer, { boxes: [] });
  });
});

test("the model's answer is where the draft begins, if it is valid", () => {
  assert.deepEqual(start(definition, {}, valid[2]), valid[2]);
  assert.deepEqual(start(definition, {}, invalid[13]), { boxes: [] });
  assert.deepEqual(start(definition, {}), { boxes: [] });
});

test("an answer is told by how many of what there are, a box by where it is", () => {
  assert.equal(describe(definition, valid[2]!), "4 Car, 2 Bicycle");
  assert.equal(describe(definition, { boxes: [] }), "no boxes");
  assert.equal(placed({ x: 4000, y: 3050, width: 1, height: 10_000 }), "40% from the left, 31% from the top, 0% wide, 100% high");
  assert.deepEqual(options(definition), [{ title: "Car", key: "c" }, { title: "Bicycle" }]);
});
