import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
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

/** The embedded engine is the same under each runtime: once is enough. */
const places: readonly Place[] = majors.includes(18) ? [...majors, "embedded"] : majors;

for (const place of places) {
  describe(`a schema of every kind, on ${place}`, () => {
    const major = place === "embedded" ? 18 : place;
    const torture = tortureSql({ major, embedded: place === "embedded" });

    let source: TestDatabase;
    before(async () => {
      source = await emptyDatabase(place);
      await source.session.query(torture);
    });
    after(() => source.close());

    test("is described, written and described as the same value", async (t) => {
      await assertRoundTrip(source, place, (reason) => t.diagnostic(reason));
    });

    test("has objects of all kinds", async () => {
      const { objects } = await describeSchema(source.session);
      const described = new Set(objects.map(({ kind }) => kind));
      const expected = KINDS.map(({ kind }) => kind)
        .filter((kind) => place !== "embedded" || !/^(event trigger|subscription)$/.test(kind));
      assert.deepEqual(expected.filter((kind) => !described.has(kind)), []);
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
