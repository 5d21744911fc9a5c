import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RunEvent } from "../../../src/runner/context/event.ts";
import { readHistory } from "../../../src/history/read_history.ts";
import { quoteIdentifier } from "../../../src/sql/identifier.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import {
  connectorTo,
  interfere,
  newProduct,
  type Product,
  type RunChanges,
} from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };
const SCHEMA = "My Schema";
const LIST = [{ up: "CREATE TABLE t (id bigint)" }];

async function createRoles(server: Server, ...roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    await server.sql(
      "postgres",
      `DO $$ BEGIN CREATE ROLE ${
        quoteIdentifier(role)
      } LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
  }
}

/** Runs it; the messages that were sent, and who was told to read. */
async function run(product: Product, changes: RunChanges) {
  let messages = 0;
  const told: RunEvent[] = [];
  const connector = interfere(await connectorTo(product.url), { before: () => void messages++ });
  await product.run({
    schema: SCHEMA,
    connector,
    report: (event) => event.type === "readers" && told.push(event),
    ...changes,
  });
  return { messages, told };
}

async function readAs(server: Server, product: Product, role: string): Promise<unknown> {
  const url = server.url(product.postgres).replace("postgres@", `${encodeURIComponent(role)}@`);
  const session = await (await connectorTo(url)).open({
    applicationName: "test",
    signal: new AbortController().signal,
  });
  try {
    await session.query(`SELECT FROM "${SCHEMA}".status; SELECT FROM "${SCHEMA}".dirty`);
    return (await readHistory(session, { schema: SCHEMA, database: "app" })).installed;
  } finally {
    await session.close();
  }
}

for (const major of majors) {
  describe(`readers, on PostgreSQL ${major}`, () => {
    test("are let in at once, or by the next run, and cost a run nothing", LIMIT, async () => {
      const server = await sharedCluster(major);
      await createRoles(server, "first reader", 'second "reader"');
      const product = await newProduct(server, LIST);
      const readers = ["first reader"];

      const first = await run(product, { readers });
      assert.deepEqual(first.told, [
        { type: "readers", database: "app", roles: readers, refused: null },
      ]);
      assert.equal(await readAs(server, product, "first reader"), true);
      await assert.rejects(readAs(server, product, 'second "reader"'), /permission denied/);

      const alone = await run(product, {});
      const again = await run(product, { readers });
      assert.deepEqual(again, { messages: alone.messages, told: [] });

      // One that is not there keeps nothing from being done, and does not make a run take the lock.
      const absent = await run(product, { readers: [...readers, "nobody there"] });
      assert.deepEqual(absent, again);

      const both = [...readers, 'second "reader"'];
      assert.deepEqual((await run(product, { readers: both })).told, [
        { type: "readers", database: "app", roles: ['second "reader"'], refused: null },
      ]);
      assert.equal(await readAs(server, product, 'second "reader"'), true);
      assert.deepEqual(await run(product, { readers: both }), again);
    });

    test("may be everybody, and two databases may let them in at once", LIMIT, async () => {
      const server = await sharedCluster(major);
      await createRoles(server, "third reader");
      const one = await newProduct(server, LIST);
      const list = [{ up: "CREATE TABLE u (id bigint)" }];
      const two = await newProduct(server, list, { postgres: one.postgres, database: "other" });
      await Promise.all([one, two].map((product) => product.run({ schema: SCHEMA })));
      const told = await Promise.all(
        [one, two].map((product) => run(product, { readers: ["PUBLIC"] })),
      );
      const events = told.flatMap((one) => one.told);
      assert.ok(events.length > 0);
      for (const event of events) assert.ok(event.type === "readers" && event.refused === null);
      assert.equal(await readAs(server, one, "third reader"), true);
    });

    test("are nobody's affair who does not own the tables", LIMIT, async () => {
      const server = await sharedCluster(major);
      await createRoles(server, "mere looker", "first reader");
      const product = await newProduct(server, LIST);
      await run(product, { readers: ["mere looker"] });
      const url = server.url(product.postgres).replace("postgres@", "mere%20looker@");
      const messages: string[] = [];
      const connector = interfere(await connectorTo(url), {
        before: (message) => void messages.push(message),
      });
      await run(product, { readers: ["first reader"], connector });
      assert.doesNotMatch(messages.join("\n"), /GRANT/);
      await assert.rejects(readAs(server, product, "first reader"), /permission denied/);
    });
  });
}
