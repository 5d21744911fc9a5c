import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { newest } from "../support/cluster.ts";
import type { Finished } from "../support/command.ts";
import { Lab, startUp } from "./lab.ts";
import { bringUp, mustAdviseNoHarm, mustBeWhole, mustTellTheTruth } from "./oracle.ts";

const LIMIT = { timeout: 300_000 };

/** What must not escape the oracle: SQL that makes the database other than what a run said. */
const LIES: readonly { readonly what: string; readonly sql: string }[] = [
  { what: "a table is gone", sql: "DROP TABLE tally" },
  { what: "a row is there twice", sql: "INSERT INTO ledger SELECT * FROM ledger LIMIT 1" },
  {
    what: "an index is invalid",
    sql: "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_n'::regclass",
  },
  { what: "a comment is another", sql: "COMMENT ON TABLE small1 IS 'other'" },
  {
    what: "a migration is recorded twice",
    sql: `INSERT INTO migrator.migration_logs (database, version, name, direction, transactional,
        started_at, finished_at, success, checksum, raw_checksum, fence, tool_version, who, host,
        client_pid, backend_pid)
      SELECT database, version, name, direction, transactional, started_at, finished_at, success,
        checksum, raw_checksum, fence, tool_version, who, host, client_pid, backend_pid
      FROM migrator.migration_logs LIMIT 1`,
  },
  {
    what: "a migration is not recorded",
    sql: "DELETE FROM migrator.migration_logs WHERE version = 9",
  },
  {
    what: "an attempt is open",
    sql: "UPDATE migrator.migration_logs SET success = NULL WHERE version = 2",
  },
  { what: "the end is not durable", sql: "UPDATE migrator.databases SET durable_fence = 0" },
];

describe("the oracle of the faults", () => {
  const opened = Lab.open(newest);
  after(async () => (await opened).close());

  test("accepts an undisturbed run, and nothing that differs from it", LIMIT, async () => {
    const lab = await opened;
    await lab.withSubject(async (subject) => {
      const ended = await startUp(subject).finished;
      const allowed = { statuses: [0] };
      await mustTellTheTruth(subject, { ended, allowed });
      await mustBeWhole(subject);
      for (const { what, sql } of LIES) {
        await lab.withSubject(async (other) => {
          await bringUp(other);
          await lab.server.sql(other.database, sql);
          await assert.rejects(mustBeWhole(other), assert.AssertionError, what);
        });
      }
    });
  });

  test("compares each word with what is in the database", LIMIT, async () => {
    const lab = await opened;
    await lab.withSubject(async (subject) => {
      const ended = await startUp(subject).finished;
      const rejects = (changes: Partial<Finished>, why: RegExp) =>
        assert.rejects(
          mustTellTheTruth(subject, {
            ended: { ...ended, ...changes },
            allowed: { statuses: [0, 3, 7] },
          }),
          why,
        );
      await rejects({ status: 3 }, /finished/);
      await rejects({ status: null, signal: "SIGKILL" }, /hung/);
      await rejects({ status: 143 }, /exit 143/);
      await rejects(
        { stdout: `{"event":"applied","database":"app","version":"99"}\n${ended.stdout}` },
        /it said that app 99 was applied, and it is not/,
      );
      const failed = {
        event: "failed",
        code: "sql/statement-failed",
        exit_code: 7,
        message: "It was rolled back as a whole.",
        hint: "x",
        facts: { database: "app", version: "3" },
      };
      await rejects({ status: 7, stdout: JSON.stringify(failed) }, /it said that app 3 was rolled/);
      await lab.server.sql(
        subject.database,
        "DELETE FROM migrator.migration_logs WHERE version = 5",
      );
      await rejects({}, /it said 0, and is not done/);
    });
  });

  test("lets no hint pass that loses the history", () => {
    for (
      const hint of [
        "DROP TABLE migrator.migration_logs",
        "drop schema migrator cascade",
        "TRUNCATE migrator.databases",
        "DELETE FROM migrator.migration_logs WHERE version = 3",
      ]
    ) {
      assert.throws(() => mustAdviseNoHarm({ stdout: "", stderr: `next: ${hint}` }));
    }
    mustAdviseNoHarm({ stdout: "", stderr: "next: DROP TRIGGER audit ON migrator.migration_logs" });
  });
});
