import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cannotRunInTransaction } from "../../../src/sql/non_transactional.ts";
import { parseStatements } from "../../../src/sql/script_statements.ts";

async function outside(sql: string): Promise<string | undefined> {
  const [statement] = await parseStatements(sql);
  return cannotRunInTransaction(statement!.node);
}

describe("cannotRunInTransaction", () => {
  const refused: readonly [string, string][] = [
    ["CREATE INDEX CONCURRENTLY ON t (a)", "CREATE INDEX CONCURRENTLY"],
    ["create unique index concurrently if not exists i on t (a)", "CREATE INDEX CONCURRENTLY"],
    ["DROP INDEX CONCURRENTLY IF EXISTS i", "DROP INDEX CONCURRENTLY"],
    ["REINDEX INDEX CONCURRENTLY i", "REINDEX CONCURRENTLY"],
    ["REINDEX (VERBOSE, CONCURRENTLY) TABLE t", "REINDEX CONCURRENTLY"],
    ["REINDEX (CONCURRENTLY on) TABLE t", "REINDEX CONCURRENTLY"],
    ["REINDEX (CONCURRENTLY 1) TABLE t", "REINDEX CONCURRENTLY"],
    ["REINDEX DATABASE d", "REINDEX DATABASE"],
    ["REINDEX SYSTEM d", "REINDEX SYSTEM"],
    ["REINDEX SCHEMA s", "REINDEX SCHEMA"],
    ["ALTER TABLE a DETACH PARTITION b CONCURRENTLY", "ALTER TABLE DETACH PARTITION CONCURRENTLY"],
    ["VACUUM", "VACUUM"],
    ["VACUUM (ANALYZE) t", "VACUUM"],
    ["CLUSTER", "CLUSTER without a table"],
    ["CLUSTER VERBOSE", "CLUSTER without a table"],
    ["CREATE DATABASE d", "CREATE DATABASE"],
    ["DROP DATABASE IF EXISTS d", "DROP DATABASE"],
    ["ALTER DATABASE d SET TABLESPACE x", "ALTER DATABASE SET TABLESPACE"],
    ["CREATE TABLESPACE x LOCATION '/x'", "CREATE TABLESPACE"],
    ["DROP TABLESPACE x", "DROP TABLESPACE"],
    ["ALTER SYSTEM SET work_mem = '1MB'", "ALTER SYSTEM"],
    ["ALTER SYSTEM RESET ALL", "ALTER SYSTEM"],
    ["DISCARD ALL", "DISCARD ALL"],
    [
      "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p",
      "CREATE SUBSCRIPTION with a replication slot",
    ],
    [
      "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot)",
      "CREATE SUBSCRIPTION with a replication slot",
    ],
    ["ALTER SUBSCRIPTION s REFRESH PUBLICATION", "ALTER SUBSCRIPTION REFRESH PUBLICATION"],
    ["ALTER SUBSCRIPTION s SET PUBLICATION p", "ALTER SUBSCRIPTION with refresh"],
    ["ALTER SUBSCRIPTION s DROP PUBLICATION p", "ALTER SUBSCRIPTION with refresh"],
    ["ALTER SUBSCRIPTION s SET (failover = true)", "ALTER SUBSCRIPTION SET (failover)"],
    ["DROP SUBSCRIPTION s", "DROP SUBSCRIPTION"],
    ["COMMIT PREPARED 'x'", "COMMIT PREPARED"],
    ["ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED"],
  ];
  for (const [sql, reason] of refused) {
    it(`knows that ${sql} must run alone`, async () => assert.equal(await outside(sql), reason));
  }

  const welcome: readonly string[] = [
    "CREATE INDEX i ON t (a)",
    "DROP INDEX i",
    "DROP TABLE t CASCADE",
    "REINDEX TABLE t",
    "REINDEX (CONCURRENTLY off) TABLE t",
    "REINDEX (CONCURRENTLY 0) TABLE t",
    "ALTER TABLE a DETACH PARTITION b",
    "ALTER TABLE a DETACH PARTITION b FINALIZE",
    "ALTER TABLE a ATTACH PARTITION b DEFAULT",
    "ANALYZE",
    "ANALYZE t",
    "CLUSTER t",
    "CLUSTER t USING i",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
    "ALTER TYPE e ADD VALUE 'x'",
    "ALTER DATABASE d CONNECTION LIMIT 5",
    "ALTER DATABASE d SET work_mem = '1MB'",
    "ALTER DATABASE d OWNER TO o",
    "DISCARD PLANS",
    "DISCARD TEMP",
    "CALL p()",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
    "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = OFF)",
    "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
    "ALTER SUBSCRIPTION s DISABLE",
    "ALTER SUBSCRIPTION s SET (slot_name = NONE)",
    "SELECT 'VACUUM; CREATE INDEX CONCURRENTLY'",
    "DO $$ BEGIN EXECUTE 'VACUUM'; END $$",
    "CREATE TABLE vacuum_log (concurrently_built boolean)",
    "CREATE ROLE r",
  ];
  for (const sql of welcome) {
    it(`knows that ${sql} may run in a transaction`, async () => {
      assert.equal(await outside(sql), undefined);
    });
  }
});
