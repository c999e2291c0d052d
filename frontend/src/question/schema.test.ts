import assert from "node:assert/strict";
import { test } from "node:test";
import { blank, changed, listed, shapeOf, titleOf } from "./schema.ts";

const row = { type: "object", properties: { name: { type: "string" }, key: { type: "string" } }, required: ["name"] };

test("every sort of property gets a control of its own", () => {
  assert.equal(shapeOf({ type: "string" }), "text");
  assert.equal(shapeOf({ enum: ["numbers", "stars"] }), "choice");
  assert.equal(shapeOf({ type: "boolean" }), "switch");
  assert.equal(shapeOf({ type: "integer" }), "number");
  assert.equal(shapeOf(row), "object");
  assert.equal(shapeOf({ type: "array", items: { anyOf: [{ type: "string" }, row] } }), "rows");
  assert.equal(shapeOf({ type: "array", items: { enum: ["tie"] } }), "ticks");
  assert.equal(shapeOf({ type: "array", items: { type: "string" } }), "lines");
  assert.equal(shapeOf({ anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] }), "names");
  assert.equal(shapeOf({}), "json");
});

test("a property keeps its place when it changes, and goes when there is nothing in it", () => {
  assert.equal(JSON.stringify(changed({ a: 1, b: 2 }, "a", 3)), '{"a":3,"b":2}');
  assert.deepEqual(changed({ a: 1, b: 2 }, "a", undefined), { b: 2 });
});

test("what an object needs is there before anything is typed", () => {
  const scale = { properties: { low: { type: "integer", minimum: -5 }, high: { type: "integer", default: 5 }, title: { type: "string" } }, required: ["low", "high"] };
  assert.deepEqual(blank(scale), { low: 0, high: 5 });
});

test("lists are read without blanks, and names in words", () => {
  assert.deepEqual(listed(" a ,, b", /,/), ["a", "b"]);
  assert.equal(titleOf("low_title", {}), "Low title");
});
