import assert from "node:assert/strict";
import { test } from "node:test";
import { keysFor } from "./keymap.ts";

const options = (...keys: (string | undefined)[]) => keys.map((key, index) => ({ title: `option ${index}`, answer: { choice: index }, ...(key === undefined ? {} : { key }) }));

test("options are numbered from 1, the tenth is 0", () => {
  const { options: keys } = keysFor(options(...Array<undefined>(10).fill(undefined)), {});
  assert.deepEqual(keys, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"]);
});

test("an owner's key that an action has falls back to the number", () => {
  const { actions, options: keys } = keysFor(options("u", "m"), {});
  assert.equal(actions.undo, "u");
  assert.deepEqual(keys, ["1", "m"]);
});

test("a person's own key wins over the owner's", () => {
  assert.deepEqual(keysFor(options("m", undefined), { "1": "m" }).options, ["1", "m"]);
});

test("no key is given twice, whatever is asked for", () => {
  const many = options(...Array.from({ length: 60 }, (_, index) => (index % 3 === 0 ? "1" : index % 3 === 1 ? "s" : undefined)));
  const { actions, options: keys } = keysFor(many, { undo: "2", skip: "2", "4": "7" });
  const given = [...Object.values(actions), ...keys].filter((key) => key !== "");
  assert.equal(new Set(given).size, given.length);
  assert.equal(keys[4], "7");
  assert.equal(actions.undo, "2");
});
