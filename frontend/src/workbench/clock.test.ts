import assert from "node:assert/strict";
import { test } from "node:test";
import { allowanceFor, CardClock } from "./clock.ts";

test("reading without touching anything counts as active up to the allowance", () => {
  const clock = new CardClock(0, 30_000, true);
  assert.deepEqual(clock.read(20_000), { wall_seconds: 20, active_seconds: 20 });
  assert.deepEqual(clock.read(90_000), { wall_seconds: 90, active_seconds: 30 });
});

test("activity after a long absence starts counting again, without the absence", () => {
  const clock = new CardClock(0, 30_000, true);
  clock.activity(100_000, true);
  assert.deepEqual(clock.read(105_000), { wall_seconds: 105, active_seconds: 35 });
});

test("a hidden page does not count, and shown again it does", () => {
  const clock = new CardClock(0, 30_000, true);
  clock.hidden(5_000);
  clock.activity(25_000, true);
  assert.deepEqual(clock.read(27_000), { wall_seconds: 27, active_seconds: 7 });
});

test("active time never exceeds wall time however often it is read", () => {
  const clock = new CardClock(1_000, 30_000, true);
  for (let now = 1_000; now <= 11_000; now += 10) {
    clock.activity(now, true);
    clock.read(now + 5);
  }
  assert.deepEqual(clock.read(11_005), { wall_seconds: 10.01, active_seconds: 10.01 });
});

test("long texts get a longer allowance, up to ten minutes", () => {
  assert.ok(allowanceFor(3_000) > allowanceFor(300));
  assert.equal(allowanceFor(1_000_000), 600_000);
});
