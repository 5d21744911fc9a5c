import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { sharedCluster } from "../support/cluster.ts";
import { readPage, ROOT } from "../support/documentation.ts";
import { Session, settle } from "./session.ts";

const skip = "Bun" in globalThis ? "Deno replays it" : false;

/** What the database holds, as far as the page speaks of it. */
interface State {
  /** `frontend 24`: migrations that are applied, by database. */
  readonly applied: string;
  /** Whether the column is there. */
  readonly topics: boolean;
  readonly subjectId: boolean;
  readonly subjectKey: boolean;
  /** `index-ts` or `index-typescript`. */
  readonly indexer: string;
  /** Of the unique index: valid, invalid or none. */
  readonly uniqueIndex: string;
  /** Entries of the audit log without a key. */
  readonly keyless: number;
  /** Attempts to revert a migration. */
  readonly downs: number;
}

const STATE = `
  SELECT
    (
      SELECT string_agg(database || ' ' || applied, ', ' ORDER BY database)
      FROM (
        SELECT database, count(*) AS applied
        FROM migrator.status
        WHERE state = 'applied'
        GROUP BY database
      ) AS counted
    ) AS applied,
    EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = 'repos'::regclass AND attname = 'topics' AND NOT attisdropped
    ) AS topics,
    EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = 'audit_events'::regclass AND attname = 'subject_id' AND NOT attisdropped
    ) AS "subjectId",
    EXISTS (
      SELECT FROM pg_attribute
      WHERE attrelid = 'audit_events'::regclass AND attname = 'subject_key' AND NOT attisdropped
    ) AS "subjectKey",
    (SELECT name FROM codeintel_indexers WHERE language = 'TypeScript') AS indexer,
    coalesce(
      (
        SELECT CASE WHEN indisvalid THEN 'valid' ELSE 'invalid' END
        FROM pg_index
        WHERE indexrelid = to_regclass('repos_external_id_key')
      ),
      'none'
    ) AS "uniqueIndex",
    (
      SELECT count(*)::integer
      FROM audit_events AS e
      WHERE to_jsonb(e) ->> 'subject_key' IS NULL
    ) AS keyless,
    (SELECT count(*)::integer FROM migrator.migration_logs WHERE direction = 'down') AS downs`;

/** What each command changes, in the order of the page; the others change nothing of this. */
const EFFECTS: readonly [typed: string, changes: Partial<State>][] = [
  [
    "migrator up",
    {
      applied: "codeinsights 7, codeintel 7, frontend 24",
      downs: 0,
      indexer: "index-typescript",
      keyless: 0,
      subjectId: false,
      subjectKey: true,
      topics: false,
      uniqueIndex: "valid",
    },
  ],
  [
    "migrator undo --db codeintel",
    {
      applied: "codeinsights 7, codeintel 6, frontend 24",
      downs: 1,
      indexer: "index-ts",
    },
  ],
  [
    "migrator up --db codeintel",
    {
      applied: "codeinsights 7, codeintel 7, frontend 24",
      indexer: "index-typescript",
    },
  ],
  [
    "migrator up --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 25",
      topics: true,
    },
  ],
  [
    "migrator redo --db frontend",
    {
      downs: 2,
    },
  ],
  [
    "migrator up --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 26",
      topics: false,
    },
  ],
  [
    "migrator down --target 1745488800 --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 19",
      downs: 9,
      subjectId: true,
      subjectKey: false,
    },
  ],
  [
    "migrator down --target 1741341600 --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 10",
      downs: 18,
      uniqueIndex: "none",
    },
  ],
  [
    "migrator up --db frontend",
    {
      uniqueIndex: "invalid",
    },
  ],
  [
    "migrator repair --db frontend",
    {
      downs: 19,
      uniqueIndex: "none",
    },
  ],
  [
    "migrator up --target 1745488800 --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 19",
      uniqueIndex: "valid",
    },
  ],
  [
    "migrator up --target 1746095400 --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 21",
      keyless: 20000,
      subjectKey: true,
    },
  ],
  [
    "migrator background work --db frontend",
    {
      keyless: 0,
    },
  ],
  [
    "migrator up --db frontend",
    {
      applied: "codeinsights 7, codeintel 7, frontend 26",
      subjectId: false,
    },
  ],
];

describe("the guide of the example's migrations", { skip }, () => {
  test("is true, command by command", { timeout: 600_000 }, async () => {
    const session = await Session.begin(await sharedCluster(18));
    fs.cpSync(path.join(ROOT, "migrations"), path.join(session.directory, "migrations"), {
      recursive: true,
    });
    const seen: [typed: string, state: Partial<State>][] = [];
    let last: Partial<State> = {};
    try {
      const page = readPage("migrations/README.md");
      const problems = await session.replay(page, async (typed) => {
        const [now] = await session.sql(STATE) as unknown as [State];
        const changed = Object.entries(now).filter(([key, value]) =>
          last[key as keyof State] !== value
        );
        last = now;
        if (changed.length > 0) seen.push([typed, Object.fromEntries(changed)]);
      });
      settle(page, problems);
      assert.deepEqual(seen, EFFECTS);
    } finally {
      session.end();
    }
  });
});
