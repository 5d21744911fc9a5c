import assert from "node:assert/strict";
import { test } from "node:test";
import { verificationLines } from "../../../src/cli/output/verify_lines.ts";
import { PLAIN } from "../../../src/report/style.ts";
import type { Verification } from "../../../src/verify/verify_migrations.ts";

test("a finding of verify lists twenty objects, and counts the others", () => {
  const differences = Array.from({ length: 25 }, (_, number) => ({
    difference: { change: "extra", address: `TABLE public.t${number}` },
    origin: undefined,
  }));
  const definition = { version: 1n, name: "init", down: { path: "shop/1/down.sql" } };
  const verification = { kind: "different", when: "down", definition, differences, rows: [] };
  const lines = verificationLines(verification as unknown as Verification, PLAIN);
  assert.equal(lines.length, 2 + 20 + 1);
  assert.equal(lines[2], "    + TABLE public.t0 is left behind");
  assert.equal(lines.at(-1), "    and 5 more objects (--json lists all)");
});
