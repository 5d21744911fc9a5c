import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import type { Written } from "../../support/harness.ts";
import { newInstallation, release, table } from "../../support/releases.ts";

const LIMIT = { timeout: 180_000 };

const FILL = `table: accounts
sql: |
  UPDATE accounts a SET region = upper(a.name) WHERE batch(a) AND a.region IS NULL
down: |
  UPDATE accounts a SET name = lower(a.region), region = NULL WHERE batch(a)
batchSize: 50
subBatchSize: 10
pause: 0
`;

/** The first release: what every later one is built on. */
const A: readonly Written[] = [
  {
    version: 1,
    up: "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, region text); " +
      "INSERT INTO accounts SELECT i, 'n' || i FROM generate_series(1, 100) AS i",
    down: "DROP TABLE accounts",
  },
  { version: 2, up: "CREATE TYPE mood AS ENUM ('sad', 'ok')", down: "DROP TYPE mood" },
];

/** Forty migrations later: a concurrent index, an enum, a privileged one and a batched one among them. */
const B: readonly Written[] = [
  ...A,
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

const releaseA = release(A);
const releaseB = release(B);

/** The same bytes as another server of the same kind would print, or undefined without a pg_dump. */
function dump(url: string): string | undefined {
  try {
    const options = ["--schema-only", "--no-owner", "--exclude-schema=migrator", url];
    return execFileSync("pg_dump", options, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      .split("\n").filter((line) => !/^\\(un)?restrict /.test(line)).join("\n");
  } catch {
    return undefined;
  }
}

for (const major of majors) {
  describe(`rollback by the older executable, on PostgreSQL ${major}`, () => {
    test(
      "40 migrations of a newer release go back to the older one's schema and rows",
      LIMIT,
      async () => {
        const server = await sharedCluster(major);
        const at = await newInstallation(server);
        await at.command(releaseA, "up");
        const before = { schema: await at.schema(), dump: dump(at.url) };
        if (major <= 15) assert.ok(before.dump, "pg_dump could not read this server");
        const rows = await at.sql("SELECT * FROM accounts ORDER BY id");
        await at.command(releaseB, "up");
        await at.command(releaseB, "background finalize fill");
        assert.deepEqual(await at.sql("SELECT count(*) FROM accounts WHERE region IS NOT NULL"), [
          { count: "100" },
        ]);
        const printed = await at.command(releaseA, "rollback --dry-run");
        assert.match(printed, /app: 40 to run on/);
        assert.match(printed, /down 41 \(m41\) {2}\[privileged\]/);
        assert.match(printed, /batched: fill is finalized; its `down` runs to the end before 42/);
        assert.match(printed, /lost: public\.t3, 0 rows/);
        await at.command(releaseA, "rollback");
        assert.equal(await at.schema(), before.schema);
        assert.equal(dump(at.url), before.dump);
        assert.deepEqual(await at.sql("SELECT * FROM accounts ORDER BY id"), rows);
        assert.match(await at.command(releaseA, "status"), /2 applied/);
        assert.match(await at.command(releaseA, "rollback"), /nothing to do/);
        await at.command(releaseB, "up");
        assert.equal((await at.sql("SELECT FROM pg_class WHERE relname ~ '^t[0-9]+$'")).length, 36);
      },
    );
  });
}
