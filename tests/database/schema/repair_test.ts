import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Session } from "../../../src/connection/session/session.ts";
import { compareSchemas } from "../../../src/schema/compare_schemas.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { repairSchema } from "../../../src/schema/repair_schema.ts";
import type { Schema } from "../../../src/schema/model/schema.ts";
import { WRITTEN_SETTINGS } from "../../../src/schema/write_schema.ts";
import { majors } from "../../support/cluster.ts";
import { type Change, CHANGES } from "./changes.ts";
import { copyOf, emptyDatabase, type TestDatabase } from "./databases.ts";
import { tortureSql } from "./torture.ts";

for (const major of majors) {
  describe(`changes that are found and undone, on ${major}`, () => {
    let original: TestDatabase;
    let schema: Schema;

    before(async () => {
      original = await emptyDatabase(major);
      await original.session.query(tortureSql({ major, embedded: false }));
      // A subscription would keep databases from being copied.
      await original.session.query("DROP SUBSCRIPTION torture_subscription");
      schema = await describeSchema(original.session);
      await original.close();
    });

    for (const change of CHANGES.filter(({ since = 0 }) => since <= major)) {
      test(change.sql, async () => await assertMends(change));
    }

    async function assertMends(change: Change): Promise<void> {
      const changed = await copyOf(major, original.url!);
      await changed.session.query(change.sql);
      const found = await describeSchema(changed.session);
      assert.deepEqual(listed(schema, found), change.differences);
      const isBackByHand = isByHand(change, "back");
      await mend(changed.session, { expected: schema, actual: found, byHand: isBackByHand });
      // One that was repaired is as good as one that was never changed.
      const intact = isBackByHand ? await copyOf(major, original.url!) : changed;
      await mend(intact.session, {
        expected: found,
        actual: schema,
        byHand: isByHand(change, "there"),
      });
      if (intact !== changed) await intact.close();
      await changed.close();
    }
  });
}

function isByHand({ byHand }: Change, direction: "there" | "back"): boolean {
  return byHand === "both" || byHand === direction;
}

function listed(expected: Schema, actual: Schema): readonly string[] {
  return compareSchemas(expected, actual).map(({ change, address }) => `${change} ${address}`);
}

async function mend(
  session: Session,
  { expected, actual, byHand }: {
    readonly expected: Schema;
    readonly actual: Schema;
    readonly byHand: boolean;
  },
): Promise<void> {
  const differences = compareSchemas(expected, actual);
  const repair = repairSchema({ expected, actual }, differences);
  if (byHand) {
    assert.ok(repair.byHand.length > 0 || repair.statements.length === 0);
    return;
  }
  assert.deepEqual(repair.byHand, []);
  for (const sql of [...WRITTEN_SETTINGS, ...repair.statements.map((statement) => statement.sql)]) {
    await session.query(sql).catch((error: Error) => {
      throw new Error(
        `${error.message}\nin: ${sql}\nof: ${
          repair.statements.map((statement) => statement.sql).join(";\n")
        }`,
      );
    });
  }
  assert.deepEqual(compareSchemas(expected, await describeSchema(session)), []);
}
