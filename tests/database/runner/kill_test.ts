import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Lab } from "../../faults/lab.ts";
import { choosePoints, describePoint } from "../../faults/points.ts";
import { majors, newest } from "../../support/cluster.ts";

/** `deno task test:faults` takes hundreds. */
const POINTS = { newest: 10, other: 3 };

const SEED = 20_240_917;

for (const major of majors) {
  const count = major === newest ? POINTS.newest : POINTS.other;
  describe(`${count} of the faults that can strike a run, on PostgreSQL ${major}`, () => {
    const opened = Lab.open(major);
    after(async () => (await opened).close());

    test("leave databases like those of undisturbed runs", { timeout: 300_000 }, async () => {
      const lab = await opened;
      for (const point of choosePoints(lab.seen, { seed: SEED, count })) {
        const what = describePoint(point);
        const { hit } = await lab.strike(point).catch((cause: unknown) => {
          throw new Error(`${what}: ${String(cause)}`, { cause });
        });
        assert.ok(hit, what);
      }
    });
  });
}
