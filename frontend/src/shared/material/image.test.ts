import assert from "node:assert/strict";
import { test } from "node:test";
import { imageOf } from "./image.ts";

test("an image is an https address, a path on this server or a picture in itself", () => {
  for (const url of ["https://example.org/a.png?x=1#y", "/media/a%20b.png", "data:image/png;base64,iVBORw0KGgo=", "data:image/svg+xml,%3Csvg/%3E"]) {
    assert.deepEqual(imageOf(url), { url });
    assert.deepEqual(imageOf({ url, width: 8, height: 6, alt: "A cat" }), { url, width: 8, height: 6, alt: "A cat" });
  }
});

test("what a browser would run or could not load is no image", () => {
  const hostile = ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "java\nscript:alert(1)", "http://example.org/a.png", "//example.org/a.png", "/\\example.org/a.png", "https:///", "data:text/html,<script>", "data:image/png-or-html,x", "blob:https://example.org/1", "a.png", ""];
  for (const url of hostile) assert.equal(imageOf(url), null, url);
  for (const value of [3, {}, null, undefined, [], { url: 3 }]) assert.equal(imageOf(value), null);
});

test("a size is believed only whole", () => {
  for (const size of [{ width: 3 }, { width: 3, height: 0 }, { width: "3", height: "4" }]) assert.deepEqual(imageOf({ url: "/a.png", ...size }), { url: "/a.png" });
});
