/**
 * A small selection of a family's points as tests; `deno task test:faults` takes all of them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { majors, newest } from "../support/cluster.ts";
import type { Family } from "./family.ts";
import { Lab } from "./lab.ts";

/** Any, but always the same: what the suite finds can be found again. */
const SEED = 20_240_917;

/** @param counts How many points on the newest PostgreSQL, and on the others. */
export function testSomePoints(
  family: Family,
  counts: { readonly newest: number; readonly other: number },
): void {
  for (const major of majors) {
    const count = major === newest ? counts.newest : counts.other;
    if (count === 0) continue;
    const reason = family.impossible?.();
    describe(`${count} points of the family ${family.name}, on PostgreSQL ${major}`, () => {
      if (reason !== undefined) {
        console.warn(`skipped: ${reason}`);
        return;
      }
      const opened = Lab.open(major);
      after(async () => (await opened).close());

      test(
        "history and schema agree, and the run told the truth",
        { timeout: 300_000 },
        async () => {
          const lab = await opened;
          const waiting = [...family.choose(lab, { seed: SEED, count })];
          await Promise.all(Array.from({ length: Math.min(family.atOnce, 4) }, async () => {
            for (let point = waiting.shift(); point; point = waiting.shift()) {
              const { name } = point;
              const { hit } = await point.strike(lab).catch((cause: unknown) => {
                throw new Error(`${name}: ${String(cause)}`, { cause });
              });
              assert.ok(hit, `missed: ${name}`);
            }
          }));
        },
      );
    });
  }
}
