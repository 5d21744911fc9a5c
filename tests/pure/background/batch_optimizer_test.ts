import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Bisection, narrow, passed, trial } from "../../../src/background/worker/bisect.ts";
import { errorClassOf, exceptionClass } from "../../../src/background/state/error_class.ts";
import {
  backoff,
  nextBatchSize,
  nextSubBatchSize,
} from "../../../src/background/worker/batch_optimizer.ts";

describe("the size of the next sub-batch", () => {
  const limits = { target: 500, max: 50_000 };
  for (
    const [size, milliseconds, next, why] of [
      [1_000, 500, 1_000, "as long as it should be"],
      [1_000, 50, 2_000, "quick: twice as many, not ten times"],
      [1_000, 1_000, 500, "slow: half as many"],
      [1_000, 60_000, 250, "very slow: a quarter, at once"],
      [1, 60_000, 1, "never less than one"],
      [40_000, 1, 50_000, "never more than allowed"],
      [3, 250, 6, "small ones grow, too"],
    ] as const
  ) {
    test(why, () => {
      assert.equal(nextSubBatchSize({ size, milliseconds }, limits), next);
    });
  }
});

test("a batch fills its interval, or twenty seconds", () => {
  const max = 2_000_000;
  assert.equal(nextBatchSize({ size: 1_000, seconds: 95 }, { interval: 100, max }), 1_000);
  assert.equal(nextBatchSize({ size: 1_000, seconds: 190 }, { interval: 100, max }), 500);
  assert.equal(nextBatchSize({ size: 1_000, seconds: 5 }, { interval: 0, max }), 1_000);
  assert.equal(nextBatchSize({ size: 1_000, seconds: 1 }, { interval: 0, max }), 2_000);
});

test("waits grow up to a minute, and no two are alike", () => {
  assert.deepEqual([1, 2, 3].map((tries) => backoff(tries, 0)), [250, 500, 1_000]);
  assert.equal(backoff(1, 0.999), 125);
  assert.equal(backoff(40, 0), 60_000);
});

describe("the search for the row that is refused", () => {
  for (const size of [1, 2, 3, 100, 1_000, 65_537]) {
    test(`takes at most log2(${size}) + 1 further transactions, wherever it is`, () => {
      for (const culprit of [0, 1, Math.floor(size / 2), size - 1].filter((at) => at < size)) {
        assert.ok(steps(size, culprit) <= Math.ceil(Math.log2(size)) + 1);
      }
    });
  }

  /** Transactions until it stands alone, given that all of `size` failed together. */
  function steps(size: number, culprit: number): number {
    let bisection: Bisection | undefined = narrow(size);
    let done = 0;
    for (let count = 0;; count++) {
      if (bisection === undefined) throw new Error("lost it");
      const tried: number = trial(bisection);
      if (done + tried <= culprit) {
        done += tried;
        bisection = passed(bisection, tried);
      } else if (tried === 1) {
        assert.equal(done, culprit);
        return count + 1;
      } else bisection = narrow(tried);
    }
  }

  test("is over when nothing is left to suspect", () => {
    assert.equal(passed({ suspects: 1 }, 1), undefined);
  });
});

test("what an SQLSTATE means", () => {
  const meant = {
    contention: ["40001", "40P01", "55P03"],
    transient: ["53300", "08006", "57P01", "25006"],
    "too-much": ["57014", "53200", "54000"],
    data: ["22012", "22P02", "23505", "23514", "23503", "P0001", "21000"],
    programmer: ["42P01", "42703", "42601", "42501", "0A000", "XX001", "3F000"],
  };
  for (const [kind, states] of Object.entries(meant)) {
    assert.deepEqual([...new Set(states.map(errorClassOf))], [kind]);
  }
  assert.equal(exceptionClass("23514"), "CheckViolation");
  assert.equal(exceptionClass("99999"), "SQLSTATE 99999");
});
