import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isBusy, isTransientFailure } from "../../../src/connection/session/transient_failure.ts";
import { type Code, Failure } from "../../../src/failure.ts";

const failure = (code: Code, facts: Readonly<Record<string, unknown>> = {}) =>
  new Failure(code, "It failed.", { facts });

describe("a failure of connecting", () => {
  test("passes by itself while a load balancer has nobody behind it", () => {
    assert.ok(isTransientFailure(failure("connection/tls", { closed: true })));
    assert.ok(!isTransientFailure(failure("connection/tls")));
  });

  test("passes where a server fails over, and not where it refuses us", () => {
    for (
      const reason of [
        "lost",
        "refused",
        "timeout",
        "starting",
        "unreachable",
        "no-answer",
      ] as const
    ) {
      assert.ok(isTransientFailure(failure(`connection/${reason}`)), reason);
    }
    for (const reason of ["authentication", "not-permitted", "no-such-database"] as const) {
      assert.ok(!isTransientFailure(failure(`connection/${reason}`)), reason);
    }
  });

  test("is about the server by its SQLSTATE only", () => {
    assert.ok(isBusy(failure("connection/refused-by-server", { sqlstate: "57P03" })));
    assert.ok(!isBusy(failure("connection/refused-by-server", { sqlstate: "42501" })));
    assert.ok(!isBusy(failure("connection/refused")));
  });
});
