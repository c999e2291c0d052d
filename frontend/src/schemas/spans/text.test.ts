import assert from "node:assert/strict";
import { test } from "node:test";
import { isolated, pieceAt, piecesOf, placesOf, rightToLeft, snapped, step } from "./text.ts";

const words = (text: string): string[] => piecesOf(text).filter((piece) => piece.solid).map(({ start, end }) => text.slice(start, end));

test("places count code points, whatever the browser's strings are made of", () => {
  for (const text of ["", "cat", "👩‍🚀 sees 𝒙", "a👍👍b", "\ud83d alone"]) {
    const places = placesOf(text);
    assert.equal(places.length, [...text].length);
    let unit = 0;
    for (const [point, sign] of [...text].entries()) {
      assert.equal(places.toPoint(unit), point);
      assert.equal(places.toUnit(point), unit);
      unit += sign.length;
    }
    assert.equal(places.toPoint(text.length), places.length);
    assert.equal(places.toUnit(places.length), text.length);
  }
});

test("pieces are words in any language, and together the whole text", () => {
  assert.deepEqual(words("Ada saw  New\nYork."), ["Ada", "saw", "New", "York", "."]);
  assert.deepEqual(words("東京は大きい"), ["東京", "は", "大きい"]);
  assert.ok(words("ภาษาไทยไม่มีช่องว่าง").length > 2);
  assert.deepEqual(words("سافر أحمد"), ["سافر", "أحمد"]);
  assert.deepEqual(words("👩‍🚀 e\u0301"), ["👩‍🚀", "e\u0301"]);
  for (const text of ["Ada saw  New\nYork.", "東京は大きい", "👩‍🚀 "]) {
    assert.equal(piecesOf(text).map(({ start, end }) => text.slice(start, end)).join(""), text);
  }
});

test("a line break ends a piece, so that each paragraph has pieces of its own", () => {
  const text = "one \n\n  two";
  assert.deepEqual(piecesOf(text).map(({ start, end }) => text.slice(start, end)), ["one", " \n", "\n", "  ", "two"]);
});

test("a piece is found by any place in it", () => {
  const pieces = piecesOf("Ada saw");
  assert.deepEqual([0, 2, 3, 4, 6, 7, 99].map((unit) => pieceAt(pieces, unit)), [0, 0, 1, 2, 2, 2, 2]);
});

test("one step is one character as people see it", () => {
  const text = "a👩‍🚀e\u0301";
  assert.deepEqual([0, 1, 6].map((unit) => step(text, unit, true)), [1, 6, 8]);
  assert.deepEqual([8, 6, 1].map((unit) => step(text, unit, false)), [6, 1, 0]);
  assert.equal(step(text, 8, true), 8);
  assert.equal(step(text, 0, false), 0);
});

test("what a mouse went over becomes whole words, or whole characters, without space around them", () => {
  const text = "Ada saw 👩‍🚀 here";
  const pieces = piecesOf(text);
  const cut = (from: number, to: number, exact = false): string | null => {
    const range = snapped(text, pieces, from, to, exact);
    return range && text.slice(range.start, range.end);
  };
  assert.equal(cut(1, 5), "Ada saw");
  assert.equal(cut(5, 1), "Ada saw");
  assert.equal(cut(3, 8), "saw");
  assert.equal(cut(3, 4), null);
  assert.equal(cut(5, 7, true), "aw");
  assert.equal(cut(9, 10, true), "👩‍🚀");
  assert.equal(cut(0, text.length, true), text);
});

test("a paragraph's first letter says where it reads to", () => {
  const text = "123 New York\n«سافر» to Cairo\nשלום";
  assert.deepEqual([0, 5, 20, text.length].map((unit) => rightToLeft(text, unit)), [false, false, true, true]);
});

test("what may read the other way is set apart from the sentence that quotes it", () => {
  assert.equal(isolated("New York"), "New York");
  assert.equal(isolated("to سافر"), "\u2068to سافر\u2069");
});
