import assert from "node:assert/strict";
import { test } from "node:test";
import { framed } from "./frame.ts";

test("what is forbidden is said before anything that was sent", () => {
  const page = framed("</head><meta http-equiv='Content-Security-Policy' content='default-src *'>");
  assert.match(page.slice(0, page.indexOf("</head><meta")), /default-src 'none'; style-src 'unsafe-inline'; img-src data:/);
});
