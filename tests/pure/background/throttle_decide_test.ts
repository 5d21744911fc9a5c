import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decideThrottle,
  type ThrottleState,
  UNTHROTTLED,
} from "../../../src/background/throttle/decide_throttle.ts";
import { pace } from "../../../src/background/throttle/pace.ts";
import type {
  IndicatorReading,
  ThrottleVerdict,
} from "../../../src/background/throttle/verdict.ts";

const MAX_HOLD = 60_000;

function reading(signal: IndicatorReading["signal"], indicator = "a"): IndicatorReading {
  return { indicator, signal, reason: `${indicator} is ${signal}` };
}

/** Looks one after another; the last one's verdict. */
function looks(
  list: readonly (readonly [now: number, ...signals: readonly IndicatorReading["signal"][]])[],
): { readonly verdict: ThrottleVerdict; readonly said: string } {
  let state: ThrottleState = UNTHROTTLED;
  let verdict: ThrottleVerdict | undefined;
  const said: string[] = [];
  for (const [now, ...signals] of list) {
    const readings = signals.map((signal, index) => reading(signal, "abc"[index]));
    ({ state, verdict } = decideThrottle(state, { readings, now, maxHold: MAX_HOLD }));
    said.push(verdict.signal + (verdict.holdFor === undefined ? "" : ` ${verdict.holdFor}`));
  }
  return { verdict: verdict!, said: said.join(", ") };
}

describe("what all indicators say together", () => {
  test("the most careful one decides, and what is unknown holds nothing up", () => {
    const cases = [
      [["full", "full"], "full"],
      [["unknown", "full"], "full"],
      [["unknown"], "full"],
      [[], "full"],
      [["full", "slow", "unknown"], "slow"],
      [["slow", "stop", "full"], "stop 5000"],
    ] as const;
    for (const [signals, expected] of cases) assert.equal(looks([[0, ...signals]]).said, expected);
  });

  test("those who ask for less come first, then those that could not be asked", () => {
    const { verdict } = looks([[0, "full", "unknown", "slow"]]);
    assert.deepEqual(verdict.readings.map(({ signal }) => signal), ["slow", "unknown", "full"]);
  });

  test("it gets slower at once, and fast again after ten good looks, with a reason", () => {
    const good = (count: number) => Array.from({ length: count }, () => [1, "full"] as const);
    const last = (list: Parameters<typeof looks>[0]) => looks(list).verdict.signal;
    assert.equal(last([...good(20), [2, "slow"]]), "slow");
    assert.equal(last([[0, "slow"], ...good(9)]), "slow");
    assert.equal(last([[0, "slow"], ...good(10)]), "full");
    assert.equal(last([[0, "slow"], ...good(9), [2, "slow"], ...good(9)]), "slow");
    const { verdict } = looks([[0, "slow"], [1, "full"]]);
    assert.deepEqual(verdict.readings[0], {
      indicator: "a",
      signal: "slow",
      reason: "a moment ago: a is slow (good looks since: 1 of 10)",
    });
  });

  test("after a stop it goes slowly first", () => {
    assert.equal(looks([[0, "stop"], [5_000, "full"]]).said, "stop 5000, slow");
  });

  test("a hold gets longer while it lasts, and begins anew after it", () => {
    const stops = [0, 5_000, 15_000, 35_000, 75_000, 155_000, 315_000, 615_000];
    assert.equal(
      looks(stops.map((now) => [now, "stop"])).said,
      "stop 5000, stop 10000, stop 20000, stop 40000, stop 80000, stop 160000, stop 300000, " +
        "stop 300000",
    );
    assert.equal(
      looks([[0, "stop"], [5_000, "stop"], [15_000, "slow"], [16_000, "stop"]]).said,
      "stop 5000, stop 10000, slow, stop 5000",
    );
  });

  test("one who looks early does not make it longer", () => {
    assert.equal(looks([[0, "stop"], [2_000, "stop"]]).said, "stop 5000, stop 3000");
  });

  test("slow means longer pauses, which follow from the work", () => {
    const after = { workedMs: 200, pauseMs: 100 };
    assert.equal(pace({ signal: "full" }, after), 100);
    assert.equal(pace({ signal: "slow" }, after), 752);
    assert.equal(pace({ signal: "slow" }, { ...after, pauseMs: 1_000 }), 1_000);
  });

  test("it says when it was held for too long", () => {
    const held = (now: number) => looks([[0, "stop"], [now, "stop"]]).verdict.isOverdue;
    assert.equal(held(MAX_HOLD - 1), false);
    assert.equal(held(MAX_HOLD), true);
    assert.equal(looks([[0, "stop"], [MAX_HOLD, "slow"]]).verdict.isOverdue, false);
    assert.equal(looks([[0, "slow"], [MAX_HOLD, "stop"]]).verdict.isOverdue, false);
  });
});
