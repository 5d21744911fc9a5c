import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
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
    /** As the original, because every repair so far has brought it back; made anew where none could. */
    let copy: TestDatabase | undefined;

    before(async () => {
      original = await emptyDatabase(major);
      await original.session.query(tortureSql({ major, embedded: false }));
      // A subscription would keep databases from being copied.
      await original.session.query("DROP SUBSCRIPTION torture_subscription");
      schema = await describeSchema(original.session);
      await original.close();
    });

    after(() => copy?.close());

    for (const change of CHANGES.filter(({ since = 0 }) => since <= major)) {
      test(change.sql, async () => {
        copy ??= await copyOf(major, original.url!);
        const { session } = copy;
        let isOriginal = false;
        try {
          isOriginal = await assertMends(session, change);
        } finally {
          if (!isOriginal) {
            await copy.close();
            copy = undefined;
          }
        }
      });
    }

    /** Returns whether the database is as it was before, for the next change. */
    async function assertMends(session: Session, change: Change): Promise<boolean> {
      await session.query(change.sql);
      const changed = await describeSchema(session);
      assert.deepEqual(listed(schema, changed), change.differences);
      if (isByHand(change, "back")) {
        assertByHand({ expected: schema, actual: changed });
        const intact = await copyOf(major, original.url!);
        await mendThere(intact.session, { changed, change });
        await intact.close();
        return false;
      }
      await mend(session, { expected: schema, actual: changed });
      assert.deepEqual(compareSchemas(schema, await describeSchema(session)), []);
      if (!await mendThere(session, { changed, change })) return true;
      // The next change shows whether this leaves anything behind.
      await mend(session, { expected: schema, actual: changed });
      return true;
    }

    /** Makes the change by repairs; false where that needs a person. */
    async function mendThere(
      session: Session,
      { changed, change }: { readonly changed: Schema; readonly change: Change },
    ): Promise<boolean> {
      if (isByHand(change, "there")) {
        assertByHand({ expected: changed, actual: schema });
        return false;
      }
      await mend(session, { expected: changed, actual: schema });
      assert.deepEqual(compareSchemas(changed, await describeSchema(session)), []);
      return true;
    }
  });
}

function isByHand({ byHand }: Change, direction: "there" | "back"): boolean {
  return byHand === "both" || byHand === direction;
}

function listed(expected: Schema, actual: Schema): readonly string[] {
  return compareSchemas(expected, actual).map(({ change, address }) => `${change} ${address}`);
}

interface Schemas {
  readonly expected: Schema;
  readonly actual: Schema;
}

function assertByHand(schemas: Schemas): void {
  const repair = repairSchema(schemas, compareSchemas(schemas.expected, schemas.actual));
  assert.ok(repair.byHand.length > 0 || repair.statements.length === 0);
}

async function mend(session: Session, schemas: Schemas): Promise<void> {
  const repair = repairSchema(schemas, compareSchemas(schemas.expected, schemas.actual));
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
  await session.query("RESET ALL");
}
