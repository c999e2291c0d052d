import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Answer, Definition, Kind, Payload } from "../schemas/kind.ts";

// The server's tests read the same tables.
const TABLES = new URL("../../../tests/schemas/answers/", import.meta.url);

interface Table {
  definition: Definition;
  payload: Payload;
  valid: Answer[];
  invalid: Answer[];
}

for (const name of ["preference", "multiple_choice", "rating", "ranking"]) {
  test(`${name}: the browser takes and refuses what the server does`, async () => {
    const { check, describe, options } = (await import(`../schemas/${name}/definition.ts`)) as Pick<Kind, "check" | "describe" | "options">;
    const { definition, payload, valid, invalid } = JSON.parse(readFileSync(new URL(`${name}.json`, TABLES), "utf8")) as Table;
    for (const answer of valid) {
      assert.equal(check(definition, answer, payload), null, JSON.stringify(answer));
      assert.notEqual(describe(definition, answer), "");
    }
    for (const answer of invalid) assert.equal(typeof check(definition, answer, payload), "string", JSON.stringify(answer));
    assert.notEqual(options(definition).length, 0);
  });
}
