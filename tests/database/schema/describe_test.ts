import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Failure } from "../../../src/failure.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { majors } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";
import { emptyDatabase } from "./databases.ts";
import { tortureSql } from "./torture.ts";

for (const major of majors) {
  describe(`reading a schema, on ${major}`, () => {
    test("gives a role without rights the same value, and writes nothing", async () => {
      const { session, url, close } = await emptyDatabase(major);
      await session.query(tortureSql({ major, embedded: false }));
      // Whose mapping it is not, the server lets nobody see the options.
      await session.query("ALTER USER MAPPING FOR PUBLIC SERVER myserver OPTIONS (DROP username)");
      const reader = `reader_${Math.random().toString(36).slice(2, 8)}`;
      await session.query(`CREATE ROLE ${reader} LOGIN; ALTER ROLE ${reader}
        SET default_transaction_read_only = on; ALTER ROLE ${reader} SET DateStyle = 'German';
        ALTER ROLE ${reader} SET search_path = public, parts;
        ALTER ROLE ${reader} SET quote_all_identifiers = on`);
      const other = await (await connectorTo(url!.replace("postgres@", `${reader}@`)))
        .open({ applicationName: "reader" });
      try {
        assert.equal(other.server.role, reader);
        assert.deepEqual(await describeSchema(other), await describeSchema(session));
      } finally {
        await other.close();
        await session.query(`DROP ROLE ${reader}`);
        await close();
      }
    });

    test("waits for a lock no longer than it is told, and says so", async () => {
      const { session, url, close } = await emptyDatabase(major);
      await session.query("CREATE TABLE t (id integer); CREATE VIEW v AS SELECT id FROM t");
      const other = await (await connectorTo(url!)).open({ applicationName: "holder" });
      try {
        await other.query("BEGIN; LOCK TABLE v IN ACCESS EXCLUSIVE MODE");
        await assert.rejects(describeSchema(session, { lockTimeout: 100 }), (error: Failure) => {
          assert.equal(error.code, "lock/schema");
          return true;
        });
        await other.query("COMMIT");
        assert.equal((await describeSchema(session)).objects.length, 3);
      } finally {
        await other.close();
        await close();
      }
    });

    test("leaves out the schemas that are named", async () => {
      const { session, close } = await emptyDatabase(major);
      await session.query("CREATE SCHEMA ours; CREATE TABLE ours.t (id integer PRIMARY KEY)");
      const { objects } = await describeSchema(session, { without: ["ours"] });
      assert.deepEqual(objects.map(({ name }) => name), ["public"]);
      await close();
    });
  });
}
