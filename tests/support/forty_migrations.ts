/**
 * Two releases with forty migrations between them, of every kind.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import type { Written } from "./harness.ts";
import { table } from "./releases.ts";

const FILL = `table: accounts
sql: |
  UPDATE accounts a SET region = upper(a.name) WHERE batch(a) AND a.region IS NULL
down: |
  UPDATE accounts a SET name = lower(a.region), region = NULL WHERE batch(a)
batchSize: 50
subBatchSize: 10
pause: 0
`;

/** The older one. */
export const OLDER: readonly Written[] = [
  {
    version: 1,
    up: "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, region text); " +
      "INSERT INTO accounts SELECT i, 'n' || i FROM generate_series(1, 100) AS i",
    down: "DROP TABLE accounts",
  },
  { version: 2, up: "CREATE TYPE mood AS ENUM ('sad', 'ok')", down: "DROP TYPE mood" },
];

/** The newer one: a concurrent index, an enum, a privileged one and a batched one are among the forty. */
export const NEWER: readonly Written[] = [
  ...OLDER,
  ...Array.from({ length: 36 }, (_, index) => table(index + 3)),
  {
    version: 39,
    up: "CREATE INDEX CONCURRENTLY accounts_name ON accounts (name)",
    down: "DROP INDEX CONCURRENTLY accounts_name",
    yaml: "createIndexConcurrently: true",
  },
  {
    version: 40,
    up: "ALTER TYPE mood ADD VALUE 'happy'; CREATE TYPE size AS ENUM ('s', 'l')",
    down:
      "DROP TYPE size; ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('sad', 'ok'); " +
      "DROP TYPE mood_old",
  },
  {
    version: 41,
    up: "CREATE EXTENSION pg_trgm",
    down: "DROP EXTENSION pg_trgm",
    yaml: "privileged: true",
  },
  { version: 42, up: "", down: "", yaml: "queues: [fill]", background: { fill: FILL } },
];

/** What pg_dump prints of the schema without migrator's own; undefined where it refuses the server. */
export function dumpSchema(url: string): string | undefined {
  try {
    const options = ["--schema-only", "--no-owner", "--exclude-schema=migrator", url];
    return execFileSync("pg_dump", options, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      // Newer ones begin and end with a random word.
      .split("\n").filter((line) => !/^\\(un)?restrict /.test(line)).join("\n");
  } catch {
    return undefined;
  }
}
