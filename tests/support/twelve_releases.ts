/**
 * A product of twelve releases, with what makes ways between releases hard: a patch that was cut after
 * the next release, two lines that join, a batched migration from its queueing to its end, enums,
 * concurrent indexes, renamed and dropped columns, a required stop, and a squash.
 *
 * @module
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { runMigrator } from "./command.ts";
import { writeMigrations, type Written } from "./harness.ts";

/** One release: its tag, and the directory that its executable would carry. */
export interface Release {
  readonly tag: string;
  readonly directory: string;
}

const FILL = `table: accounts
sql: |
  UPDATE accounts a SET country = upper(a.region) WHERE batch(a) AND a.country IS NULL
down: |
  UPDATE accounts a SET country = NULL WHERE batch(a)
remaining: SELECT 1 FROM accounts WHERE country IS NULL LIMIT 1
batchSize: 20
subBatchSize: 10
pause: 0
`;

const M = {
  accounts: {
    version: 1,
    up: "CREATE TABLE accounts (id bigint PRIMARY KEY, region text NOT NULL); " +
      "INSERT INTO accounts SELECT i, 'r' || i % 7 FROM generate_series(1, 40) AS i",
    down: "DROP TABLE accounts",
  },
  orders: {
    version: 2,
    parents: [1],
    up: "CREATE TABLE orders (id bigint PRIMARY KEY, account bigint REFERENCES accounts); " +
      "INSERT INTO orders SELECT i, i FROM generate_series(1, 10) AS i",
    down: "DROP TABLE orders",
  },
  mood: {
    version: 3,
    parents: [2],
    up: "CREATE TYPE mood AS ENUM ('sad', 'ok'); ALTER TABLE orders ADD mood mood DEFAULT 'ok'",
    down: "ALTER TABLE orders DROP COLUMN mood; DROP TYPE mood",
  },
  country: {
    version: 4,
    parents: [3],
    up: "ALTER TABLE accounts ADD country text",
    down: "ALTER TABLE accounts DROP COLUMN country",
    yaml: "queues: [fill]",
    background: { fill: FILL },
  },
  index: {
    version: 5,
    parents: [4],
    up: "CREATE INDEX CONCURRENTLY accounts_region ON accounts (region)",
    down: "DROP INDEX CONCURRENTLY accounts_region",
    yaml: "createIndexConcurrently: true",
  },
  /** Written for 1.2.1, after 1.3.0 had been cut. */
  backport: {
    version: 20,
    parents: [4],
    up: "ALTER TABLE orders ADD CONSTRAINT positive CHECK (id > 0)",
    down: "ALTER TABLE orders DROP CONSTRAINT positive",
  },
  merge: {
    version: 21,
    parents: [5, 20],
    up: "CREATE VIEW moods AS SELECT id, mood FROM orders",
    down: "DROP VIEW moods",
    yaml: "finalizes: [fill]",
  },
  rename: {
    version: 22,
    parents: [21],
    up: "ALTER TABLE orders RENAME TO purchases",
    down: "ALTER TABLE purchases RENAME TO orders",
  },
  notes: {
    version: 23,
    parents: [22],
    up: "CREATE TABLE notes (id int PRIMARY KEY, text text); INSERT INTO notes VALUES (1, 'a')",
    down: "DROP TABLE notes",
  },
  size: {
    version: 24,
    parents: [23],
    up: "CREATE TYPE size AS ENUM ('s', 'l'); ALTER TABLE notes ADD size size DEFAULT 's'",
    down: "ALTER TABLE notes DROP COLUMN size; DROP TYPE size",
  },
  left: {
    version: 25,
    parents: [24],
    up: "CREATE TABLE left_side (id int)",
    down: "DROP TABLE left_side",
  },
  right: {
    version: 26,
    parents: [24],
    up: "CREATE SCHEMA extra; CREATE TABLE extra.right_side (id int)",
    down: "DROP TABLE extra.right_side; DROP SCHEMA extra",
  },
  both: {
    version: 27,
    parents: [25, 26],
    up: "CREATE UNIQUE INDEX CONCURRENTLY notes_text ON notes (text)",
    down: "DROP INDEX CONCURRENTLY notes_text",
    yaml: "createIndexConcurrently: true",
  },
} satisfies Record<string, Written>;

/** What 1 to 22 make, under the last one's version. */
const SQUASH: Written = {
  version: 22,
  parents: [],
  up: `
    CREATE TABLE accounts (id bigint PRIMARY KEY, region text NOT NULL);
    INSERT INTO accounts SELECT i, 'r' || i % 7 FROM generate_series(1, 40) AS i;
    CREATE TABLE orders (id bigint PRIMARY KEY, account bigint REFERENCES accounts);
    ALTER TABLE orders RENAME TO purchases;
    INSERT INTO purchases SELECT i, i FROM generate_series(1, 10) AS i;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    ALTER TABLE purchases ADD mood mood DEFAULT 'ok';
    ALTER TABLE accounts ADD country text;
    UPDATE accounts SET country = upper(region);
    CREATE INDEX accounts_region ON accounts (region);
    ALTER TABLE purchases ADD CONSTRAINT positive CHECK (id > 0);
    CREATE VIEW moods AS SELECT id, mood FROM purchases;`,
  down: "DROP VIEW moods; DROP TABLE purchases; DROP TABLE accounts; DROP TYPE mood",
};

const early = [M.accounts, M.orders];
const middle = [...early, M.mood, M.country];
const joined = [...middle, M.index, M.backport, M.merge];
const renamed = [...joined, M.rename];

/** In the order in which they were cut; the third number of 1.2.1 tells where it belongs. */
const CUT: readonly (readonly [tag: string, migrations: readonly Written[], options?: string])[] = [
  ["1.0.0", early.slice(0, 1)],
  ["1.0.1", early],
  ["1.1.0", [...early, M.mood]],
  ["1.2.0", middle],
  ["1.3.0", [...middle, M.index], "--finish fill=1.4.0"],
  ["1.2.1", [...middle, M.backport]],
  ["1.4.0", joined, "--stop"],
  ["1.5.0", renamed],
  ["2.0.0", [SQUASH, M.notes], "--from 1.5.0"],
  ["2.1.0", [SQUASH, M.notes, M.size], "--from 1.5.0"],
  ["2.2.0", [SQUASH, M.notes, M.size, M.left], "--from 1.5.0"],
  ["2.3.0", [SQUASH, M.notes, M.size, M.left, M.right, M.both], "--from 1.5.0"],
];

/**
 * Cuts them one after the other, each beside the manifests of those before it.
 *
 * @returns In the order of their tags.
 */
export async function cutTwelveReleases(): Promise<readonly Release[]> {
  const releases: Release[] = [];
  for (const [tag, migrations, options = ""] of CUT) {
    const directory = writeMigrations({ app: migrations });
    copyManifests(releases.at(-1), directory);
    const words = `release cut ${tag} ${options}`.trim().split(" ");
    const { status, stdout, stderr } = await runMigrator([...words, "--migrations", directory]);
    if (status !== 0) throw new Error(`release cut ${tag}: ${stdout}${stderr}`);
    releases.push({ tag, directory });
  }
  return releases.sort((a, b) => a.tag < b.tag ? -1 : 1);
}

function copyManifests(from: Release | undefined, directory: string): void {
  if (from === undefined) return;
  fs.cpSync(path.join(from.directory, "releases"), path.join(directory, "releases"), {
    recursive: true,
  });
}
