import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOf, length, parts } from "./input.ts";

test("a field is drawn as its format says, plain where none is said", () => {
  const shown = { kind: "text_pair", fields: ["the_photo", "caption"], format: { the_photo: "image" } } as const;
  const photo = { url: "/a.png" };
  assert.deepEqual(parts({ ...shown, fields: [...shown.fields] }, { the_photo: photo, caption: "" }), [
    { field: "the_photo", title: "The photo", format: "image", value: photo },
    { field: "caption", title: "Caption", format: "plain", value: null },
  ]);
  assert.equal(formatOf({ kind: "image", fields: ["a"] }, "a"), "image");
  assert.equal(formatOf({ kind: "text", fields: ["a"], format: "html" }, "a"), "html");
});

test("several texts of one field are numbered", () => {
  const shown = parts({ kind: "texts", fields: ["prompt", "answers"] }, { prompt: "Why?", answers: ["So.", "Because."] });
  assert.deepEqual(shown.map(({ title, value }) => [title, value]), [["Prompt", "Why?"], ["Answers 1", "So."], ["Answers 2", "Because."]]);
});

test("what is not text is shown as it was sent, and an image is not read", () => {
  assert.deepEqual(parts({ kind: "text", fields: ["a"] }, { a: { b: 1 } })[0]?.value, '{\n  "b": 1\n}');
  assert.equal(length({ kind: "text_pair", fields: ["a", "b"], format: { b: "image" } }, { a: "cat", b: "/static/long.png" }), 3);
  assert.equal(length({ kind: "text", fields: ["a"] }, {}), 0);
});
