import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Connector } from "../../../src/connection/session/session.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { startMigrator } from "../../support/command.ts";
import { connectorTo, eventually, newProduct, runningBackend } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** Servers before 14 cannot look whether a client is still there. */
const able = majors.filter((major) => Number(major) >= 14);

for (const major of able) {
  describe(`a tool that is killed in a long statement, on PostgreSQL ${major}`, () => {
    for (const yaml of ["", "transaction: none"]) {
      const how = yaml === "" ? "in a transaction" : "outside transactions";

      test(`is noticed by the server in seconds, ${how}`, LIMIT, async () => {
        const server = await sharedCluster(major);
        const before = { up: "CREATE TABLE t ()" };
        const product = await newProduct(server, [
          before,
          { up: "SELECT pg_sleep(50); CREATE TABLE u ()", yaml },
        ]);
        const running = startMigrator(["up", ...product.args]);
        await runningBackend(product, "pg_sleep(50)");
        running.kill("SIGKILL");
        await running.finished;
        const began = performance.now();
        product.rewrite([before, { up: "CREATE TABLE v ()", version: 3, parents: [1] }]);
        await product.run();
        const took = performance.now() - began;
        assert.ok(took < 20_000, `the next run took ${took} ms`);
        const [row] = await product.sql(
          "SELECT to_regclass('u') IS NULL AND to_regclass('v') IS NOT NULL AS right",
        );
        assert.equal(row?.["right"], true);
        await eventually(async () => {
          const [row] = await product.sql(
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(50%'",
          );
          return row?.["n"] === 0;
        }, { what: "the end of the statement that nobody waits for" });
      });
    }
  });
}

describe("a server that cannot look after its clients", () => {
  test("is worked with all the same", LIMIT, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), [
      { up: "CREATE TABLE t (); CREATE TABLE u ()" },
      { up: "VACUUM t", yaml: "transaction: none" },
    ]);
    const connector = await connectorTo(product.url);
    let refused = 0;
    const refusing = (message: string) =>
      message.replaceAll(/client_connection_check_interval = \d+/g, () => {
        refused++;
        return "client_connection_check_interval = -1";
      });
    const unable: Connector = {
      label: connector.label,
      async open(options) {
        const session = await connector.open(options);
        const { pipeline, query } = session;
        session.pipeline = (messages) => pipeline.call(session, messages.map(refusing));
        session.query = (message) => query.call(session, refusing(message));
        return session;
      },
    };
    await product.run({ connector: unable });
    assert.deepEqual(await product.attempts(), ["1 up t", "2 up t"]);
    // It is tried once, and then left alone; older servers are not even asked.
    assert.equal(refused, able.includes(majors[0]!) ? 1 : 0);
  });
});
