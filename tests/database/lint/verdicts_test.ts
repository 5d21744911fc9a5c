import assert from "node:assert/strict";
import process from "node:process";
import { before, describe, test } from "node:test";
import { SETUP, STATEMENTS, verdictOf } from "../../lint/measured_statements.ts";
import { differencesOf } from "../../lint/server_differences.ts";
import { majors } from "../../support/cluster.ts";
import { emptyDatabase } from "../schema/databases.ts";

/** Milliseconds of this process's time for a statement, on a machine like CI's. */
const LIMIT = 20;

describe("what embedded PostgreSQL shows of a statement", () => {
  const embedded = new Map<string, string>();
  let milliseconds = 0;
  before(async () => {
    const { session, close } = await emptyDatabase("embedded");
    await session.query(SETUP);
    await verdictOf(session, "SELECT 1");
    const before = process.cpuUsage();
    for (const { sql } of STATEMENTS) embedded.set(sql, await verdictOf(session, sql));
    const { user, system } = process.cpuUsage(before);
    milliseconds = (user + system) / 1000 / STATEMENTS.length;
    await close();
  });

  test("takes about ten milliseconds", (t) => {
    t.diagnostic(`${STATEMENTS.length} statements, ${milliseconds.toFixed(1)} ms each`);
    assert.ok(milliseconds < LIMIT, `${milliseconds} ms`);
  });

  for (const major of majors) {
    test(`is what ${major} shows, but for differences that are known`, async (t) => {
      const { session, close } = await emptyDatabase(major);
      await session.query(SETUP);
      const own = STATEMENTS.filter(({ since }) => since <= major);
      const different: Record<string, readonly [here: string, there: string]> = {};
      for (const { sql } of own) {
        const there = await verdictOf(session, sql);
        const here = embedded.get(sql)!;
        if (here !== there) different[sql] = [here, there];
      }
      await close();
      const known = differencesOf(major);
      assert.deepEqual(
        Object.keys(different).sort(),
        Object.keys(known).sort(),
        JSON.stringify(different, null, 2),
      );
      t.diagnostic(`${own.length} statements, ${Object.keys(different).length} differ`);
    });
  }
});
