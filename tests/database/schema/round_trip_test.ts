import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { planUp } from "../../../src/plan/up.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { KINDS } from "../../../src/schema/kinds.ts";
import { reloadedText } from "../../../src/schema/reloaded_text.ts";
import { describeCatalog } from "../../support/catalog.ts";
import { majors } from "../../support/cluster.ts";
import { runProduct } from "../../support/harness.ts";
import {
  emptyDatabase,
  pgDump,
  pgDumpMajor,
  type Place,
  recreate,
  type TestDatabase,
} from "./databases.ts";
import { tortureSql } from "./torture.ts";

const places: readonly Place[] = [...majors, "embedded"];

for (const place of places) {
  describe(`a schema of every kind, on ${place}`, () => {
    const major = place === "embedded" ? 18 : place;
    const torture = tortureSql({ major, embedded: place === "embedded" });

    test("is described, written and described as the same value", async (t) => {
      const source = await emptyDatabase(place);
      await source.session.query(torture);
      await assertRoundTrip(source, place, (reason) => t.diagnostic(reason));
      await source.close();
    });

    test("has objects of all kinds", async () => {
      const { session, close } = await emptyDatabase(place);
      await session.query(torture);
      const { objects } = await describeSchema(session);
      const described = new Set(objects.map(({ kind }) => kind));
      const expected = KINDS.map(({ kind }) => kind)
        .filter((kind) => place !== "embedded" || !/^(event trigger|subscription)$/.test(kind));
      assert.deepEqual(expected.filter((kind) => !described.has(kind)), []);
      await close();
    });
  });
}

for (const major of majors) {
  describe(`the example product, on ${major}`, () => {
    for (const database of ["frontend", "codeintel", "codeinsights"]) {
      test(`${database} makes the round trip, history included`, async (t) => {
        const source = await emptyDatabase(major);
        const directory = fileURLToPath(new URL("../../../migrations", import.meta.url));
        await runProduct({ directory, database, url: source.url! }, {
          plan: planUp,
          finalize: "run",
        });
        await assertRoundTrip(source, major, (reason) => t.diagnostic(reason));
        await source.close();
      });
    }
  });
}

/** Describes, writes, and compares by our own value, by another reading of the catalog, and by pg_dump. */
async function assertRoundTrip(
  source: TestDatabase,
  place: Place,
  skip: (reason: string) => void,
): Promise<void> {
  const before = await describeSchema(source.session);
  const { schema: after, database } = await recreate(before, place);
  assert.deepEqual(after, before);
  assert.equal(await catalogOf(database), await catalogOf(source));
  if (source.url !== undefined && database.url !== undefined) {
    const readable = pgDumpMajor();
    if (readable !== undefined && readable >= Number(place)) {
      assert.deepEqual(
        pgDump(database.url).map(reloadedText),
        pgDump(source.url).map(reloadedText),
      );
    } else skip(`pg_dump of ${place} is not there: its output was not compared`);
  }
  await database.close();
}

async function catalogOf({ session }: TestDatabase): Promise<string> {
  const text = await describeCatalog(async (text) => {
    const { rows } = await session.query(`BEGIN; ${text}`);
    await session.query("COMMIT");
    return rows;
  });
  // Whether it holds rows is not a matter of the schema. Each entry by itself: comments may hold quotes.
  return text.replaceAll(", not populated", "").split(/\n(?! )/).map(reloadedText).join("\n");
}
