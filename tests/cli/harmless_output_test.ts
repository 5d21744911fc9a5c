import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import postgres from "postgres";
import { newProduct } from "../support/harness.ts";
import { majors, type Server, sharedCluster } from "../support/cluster.ts";
import { type Finished, runMigrator, startMigrator } from "../support/command.ts";
import { withFolder } from "../support/folder.ts";
import { assertHarmless, HOSTILE_WITHOUT_NUL as HOSTILE } from "../support/hostile_text.ts";

const LIMIT = { timeout: 120_000 };

/** As YAML and SQL write it. */
const YAML = JSON.stringify(HOSTILE);
const literal = (text: string) =>
  `E'${
    text.replace(/[\p{C}\p{Z}\\']/gu, (one) =>
      `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)
  }'`;
const identifier = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** What fits into a name of PostgreSQL: 63 bytes. */
const NAME = "\x1b]0;t\x07\r\nnext: forged\x9b2J\u202e";

function harmless({ stdout, stderr, status }: Finished, where: string): void {
  assertHarmless(stdout, { where });
  assertHarmless(stderr, { where });
  assert.notEqual(status, 70, `${where}: ${JSON.stringify(stderr)}`);
}

describe("what is typed, what is set and what lies on disk reaches no terminal as it is", () => {
  test("arguments", LIMIT, async () => {
    for (
      const args of [
        [HOSTILE],
        ["up", HOSTILE],
        ["up", `--${HOSTILE}`],
        ["status", "--db", HOSTILE],
        ["status", "--migrations", HOSTILE],
        ["status", "--config", HOSTILE],
        ["up", "--lock-wait", HOSTILE],
        ["up", "--database-url", HOSTILE],
        ["up", "--database-url", `postgres://app@127.0.0.1:1/${encodeURIComponent(HOSTILE)}`],
        ["add", HOSTILE, "--db", HOSTILE],
        ["help", HOSTILE],
        ["__complete", "describe", HOSTILE],
      ]
    ) {
      await withFolder({ "migrations/shop/1_a.up.sql": "SELECT 1" }, async (cwd) => {
        for (const more of [[], ["--json"]]) {
          const finished = await runMigrator([...args, ...more], { cwd });
          // Shells want a tab between a word and what is said about it.
          const stdout = args[0] === "__complete"
            ? finished.stdout.replaceAll("\t", " ")
            : finished.stdout;
          harmless({ ...finished, stdout }, JSON.stringify(args));
        }
      });
    }
  });

  test("variables", LIMIT, async () => {
    const names = ["PGHOST", "PGSERVICE", "PGSSLMODE", "PGOPTIONS", "PGUSER", "DATABASE_URL"];
    for (const name of [...names, "LOG_LEVEL", "LOG_FORMAT", "PGPASSFILE"]) {
      await withFolder({ "migrations/shop/1_a.up.sql": "SELECT 1" }, async (cwd) => {
        const env = { PGHOST: "127.0.0.1", PGPORT: "1", [name]: HOSTILE };
        harmless(await runMigrator(["up", "--connect-timeout", "1s"], { cwd, env }), name);
      });
    }
  });

  test("files: their names, metadata, settings, headers and SQL", LIMIT, async () => {
    const name = NAME.replaceAll("/", "");
    const folders = {
      metadata: {
        "migrations/shop/1_a/up.sql": `SELECT '${HOSTILE}'`,
        "migrations/shop/1_a/down.sql": "",
        "migrations/shop/1_a/metadata.yaml": `name: ${YAML}\nirreversible: ${YAML}\n${YAML}: 1\n`,
      },
      "a name": {
        "migrations/shop/1_a/up.sql": `SELECT '${HOSTILE}'`,
        "migrations/shop/1_a/metadata.yaml": `name: ${YAML}\nirreversible: ${YAML}\n`,
      },
      "a file": {
        [`migrations/shop/1_${name}.up.sql`]: `SELECT 1; ${HOSTILE}`,
        [`migrations/shop/${name}.sql`]: "",
      },
      "a header": { "migrations/shop/1_a.up.sql": `-- migrator: ${HOSTILE}=1\nSELECT 1` },
      "a database": { [`migrations/${name}/1_a.up.sql`]: "SELECT 1" },
      settings: {
        "migrator.yaml": `databases: { shop: { url: ${YAML}, ${YAML}: 1 } }\n`,
        "migrations/shop/1_a.up.sql": "SELECT 1",
      },
      "a batched migration": {
        "migrations/shop/1_a.up.sql": "SELECT 1",
        "migrations/shop/background/a.yaml": `table: ${YAML}\n${YAML}: 1\nsql: ${YAML}\n`,
      },
    };
    for (const [what, files] of Object.entries(folders)) {
      await withFolder(files, async (cwd) => {
        for (const args of [["validate"], ["graph"], ["leaves"], ["config"], ["add", "x"]]) {
          harmless(await runMigrator(args, { cwd }), `${args} of ${what}`);
        }
      });
    }
  });
});

describe("what a server says reaches no terminal as it is", () => {
  let server: Server;
  // Written with escapes: the SQL of a migration is shown in its lines, whatever they say.
  const RAISE = `DO $x$ BEGIN RAISE WARNING USING MESSAGE = ${literal(HOSTILE)};
    RAISE EXCEPTION USING MESSAGE = ${literal(HOSTILE)}, DETAIL = ${literal(HOSTILE)},
      HINT = ${literal(HOSTILE)}, COLUMN = ${literal(HOSTILE)}; END $x$`
    .replaceAll(/\n *next: forged|\r\n?[^\n]*next: forged/g, "");

  test(
    "errors and notices, when they come and when they are told from the history",
    LIMIT,
    async () => {
      server = await sharedCluster(majors[0]!);
      const product = await newProduct(server, [{ up: "SELECT 1" }, {
        up: RAISE,
        yaml: "transaction: none",
      }]);
      const folder = path.join(product.directory, "app", "2_m2");
      fs.writeFileSync(
        path.join(folder, "metadata.yaml"),
        `name: ${YAML}\nparents: [1]\ntransaction: none\n`,
      );
      const up = await runMigrator(["up", "--verbose", "--log-queries", ...product.args]);
      assert.equal(up.status, 7, JSON.stringify(up.stderr));
      harmless(up, "up");
      assert.match(up.stderr, /\\x1B\]0;title/);
      for (
        const args of [
          ["status"],
          ["describe", "2"],
          ["log"],
          ["doctor"],
          ["repair", "--dry-run"],
          [
            "plan",
          ],
          ["lock"],
          ["down", "--dry-run"],
          ["force", "2", "--reason", HOSTILE],
        ]
      ) {
        for (const more of [[], ["--json"], ["--verbose"]]) {
          harmless(await runMigrator([...args, ...more, ...product.args]), args.join(" "));
        }
      }
    },
  );

  test(
    "who is in the way: a role, its application_name, and names in its query",
    LIMIT,
    async () => {
      const product = await newProduct(server, [{ up: "CREATE TABLE t (a int)" }]);
      await product.run();
      product.rewrite([{ up: "CREATE TABLE t (a int)" }, { up: "ALTER TABLE t ADD c int" }]);
      const role = identifier(NAME);
      await product.sql(`CREATE ROLE ${role} LOGIN; GRANT SELECT ON t TO ${role}`);
      const stranger = postgres({
        host: server.host,
        port: server.port,
        database: product.postgres,
        user: NAME,
        max: 1,
        onnotice: () => {},
        connection: { application_name: NAME },
      });
      try {
        await stranger.begin(async (sql) => {
          await sql.unsafe(`SELECT 1 AS ${identifier(HOSTILE.slice(0, 900))} FROM t`);
          const up = startMigrator(["up", "--lock-timeout", "300ms", "--verbose", ...product.args]);
          await up.printed(/is tried again/);
          harmless(await runMigrator(["lock", ...product.args]), "lock");
          harmless(await runMigrator(["doctor", ...product.args]), "doctor");
          up.kill("SIGTERM");
          const ended = await up.finished;
          harmless(ended, "up");
          assert.match(ended.stderr, /role .*\\x1B|\\x1B\]0;t/);
        });
      } finally {
        await stranger.end();
        await product.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    },
  );

  test("names of what is in a database, as drift and adopt tell them", LIMIT, async () => {
    const product = await newProduct(server, [{ up: "CREATE TABLE t (a int)" }]);
    await product.run();
    const name = identifier(NAME);
    await product.sql(
      `CREATE SCHEMA ${name};
      CREATE TABLE ${name}.${name} (${name} text DEFAULT ${literal(NAME)});
      COMMENT ON TABLE t IS ${literal(NAME)};
      ALTER TABLE t ADD ${name} int;
      CREATE TABLE schema_migrations (version bigint, dirty boolean);
      CREATE TABLE ${name}.schema_migrations (version bigint, dirty boolean)`,
    );
    for (const args of [["drift"], ["adopt", "--from", "golang-migrate", "--dry-run"]]) {
      for (const more of [[], ["--json"]]) {
        const ended = await runMigrator([...args, ...more, ...product.args], { timeout: 100_000 });
        harmless(ended, args.join(" "));
        if (args[0] === "drift") assert.match(ended.stdout, /\\x1B|\\u001b/i);
      }
    }
  });
});
