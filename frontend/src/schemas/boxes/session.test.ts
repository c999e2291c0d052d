import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { Answer, Context } from "../kind.ts";
import { boxesOf, check } from "./definition.ts";
import { onKey } from "./keys.ts";
import { addInTheMiddle, cycle, redo, relabel, remove, select, sessionOf, undo } from "./session.ts";

function card(boxes: unknown[] = []): Context {
  const definition = { kind: "boxes", question: "Where?", labels: [{ name: "car" }, { name: "bicycle" }], minimum_size: 50 };
  return { definition, payload: {}, token: "one", draft: signal<Answer | undefined>({ boxes }), options: [], keys: [], give: () => undefined };
}
const key = (name: string, held: Partial<KeyboardEvent> = {}): KeyboardEvent => ({ key: name, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...held }) as KeyboardEvent;
const places = (context: Context): number[][] => boxesOf(context.draft.value).map(({ x, y, width, height }) => [x, y, width, height]);

test("by keys alone a box is made, moved, made larger, named, left and deleted", () => {
  const context = card();
  addInTheMiddle(context);
  assert.deepEqual(places(context), [[3750, 3750, 2500, 2500]]);
  onKey(context, key("ArrowRight"));
  onKey(context, key("ArrowUp", { ctrlKey: true }));
  onKey(context, key("ArrowDown", { shiftKey: true }));
  assert.deepEqual(places(context), [[3950, 3730, 2500, 2700]]);
  relabel(context, 1);
  assert.equal(boxesOf(context.draft.value)[0]?.label, "bicycle");
  assert.equal(sessionOf(context).said.value, "Box 1 of 1, Bicycle: 40% from the left, 37% from the top, 25% wide, 27% high");
  assert.equal(onKey(context, key("Escape")), true);
  assert.equal(onKey(context, key("Delete")), false);
  cycle(context, 1);
  assert.equal(onKey(context, key("Delete")), true);
  assert.deepEqual(places(context), []);
});

test("boxes made one after the other lie beside each other, with the label chosen last", () => {
  const context = card();
  relabel(context, 1);
  for (let times = 0; times < 4; times++) addInTheMiddle(context);
  assert.equal(check(context.definition, context.draft.value!), null);
  assert.deepEqual(boxesOf(context.draft.value).map(({ label }) => label), Array(4).fill("bicycle"));
});

test("changes are taken back one by one, a row of arrows as one, and then it says so instead of going on", () => {
  const context = card();
  assert.equal(undo(context), false);
  addInTheMiddle(context);
  const made = places(context);
  for (let times = 0; times < 5; times++) onKey(context, key("ArrowLeft"));
  remove(context);
  undo(context);
  assert.deepEqual(places(context), [[2750, 3750, 2500, 2500]]);
  undo(context);
  assert.deepEqual(places(context), made);
  redo(context);
  assert.deepEqual(places(context), [[2750, 3750, 2500, 2500]]);
  undo(context);
  undo(context);
  assert.deepEqual(places(context), []);
  assert.equal(undo(context), true);
  assert.match(sessionOf(context).said.value, /taken back already/);
});

test("arrows without a box, and all keys on an answer that is only looked at, are left alone", () => {
  const context = card([{ label: "car", x: 0, y: 0, width: 100, height: 100 }]);
  assert.equal(onKey(context, key("ArrowLeft")), false);
  const locked = { ...card([{ label: "car", x: 0, y: 0, width: 100, height: 100 }]), locked: true };
  select(locked, 0);
  assert.equal(onKey(locked, key("ArrowRight")), false);
  assert.equal(onKey(locked, key("Delete")), false);
  addInTheMiddle(locked);
  relabel(locked, 1);
  assert.deepEqual(locked.draft.value, { boxes: [{ label: "car", x: 0, y: 0, width: 100, height: 100 }] });
});

test("a card that comes next begins without what was selected, with the label that was used last", () => {
  const context = card();
  relabel(context, 1);
  addInTheMiddle(context);
  const next = sessionOf({ ...context, token: "two" });
  assert.equal(next.selected.value, null);
  assert.equal(next.label.value, 1);
  assert.deepEqual(next.past.value, []);
});
