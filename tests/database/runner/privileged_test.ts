import assert from "node:assert/strict";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { type Finished, runMigrator } from "../../support/command.ts";
import { rewriteMigrations, writeMigrations, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

const PRIVILEGED = "privileged: true";

/** Of the kind that no extension is: nobody can see whether it was run. */
const TRIGGER: Written = {
  up: `CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE EVENT TRIGGER watching ON ddl_command_start EXECUTE FUNCTION watch();`,
  down: "DROP EVENT TRIGGER watching; DROP FUNCTION watch()",
  yaml: PRIVILEGED,
};

const extension = (name: string): Written => ({
  up: `-- what ${name} is for\nCREATE EXTENSION "${name}"; -- é🙂`,
  down: `DROP EXTENSION "${name}"`,
  yaml: PRIVILEGED,
});

/** Not trusted: a plain role may not create it, on any version. */
const FRONTEND: readonly Written[] = [
  { up: "CREATE TABLE a ()", down: "DROP TABLE a" },
  extension("pg_stat_statements"),
  { up: "CREATE TABLE b ()", down: "DROP TABLE b" },
];

const CODEINTEL: readonly Written[] = [
  extension("pageinspect"),
  { up: "CREATE TABLE c ()", down: "DROP TABLE c" },
];

/** Two databases of one product, owned by a role that may do no more than own them. */
interface Product {
  readonly directory: string;
  readonly databases: Readonly<Record<string, string>>;
  up(...args: readonly string[]): Promise<Finished>;
  command(...args: readonly string[]): Promise<Finished>;
  /** As an administrator. */
  sql(database: string, text: string): Promise<Record<string, unknown>[]>;
  /** Runs each section of a script where it belongs. */
  runScript(script: string): Promise<void>;
  tables(): Promise<string>;
}

async function newProduct(
  server: Server,
  written: Readonly<Record<string, readonly Written[]>>,
): Promise<Product> {
  const directory = writeMigrations(written);
  const databases: Record<string, string> = {};
  const urls: string[] = [];
  for (const name of Object.keys(written)) {
    const postgres = await server.createDatabase();
    databases[name] = postgres;
    await server.sql(
      postgres,
      `DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      ALTER DATABASE ${postgres} OWNER TO plain; GRANT ALL ON SCHEMA public TO plain`,
    );
    const url = server.url(postgres).replace("postgres@", "plain@");
    urls.push("--database-url", `${name}=${url}`);
  }
  const sql = async (database: string, text: string) =>
    (await server.sql(databases[database]!, text)).map((row) => ({ ...row }));
  const command = (...args: readonly string[]) =>
    runMigrator([...args, "--migrations", directory, ...urls]);
  return {
    directory,
    databases,
    command,
    up: (...args) => command("up", ...args),
    sql,
    async runScript(script) {
      const sections = script.split(/^-- Database "(\w+)", on .*$/m);
      for (let index = 1; index < sections.length; index += 2) {
        await sql(sections[index]!, sections[index + 1]!);
      }
    },
    async tables() {
      const found: string[] = [];
      for (const name of Object.keys(databases)) {
        const rows = await sql(
          name,
          "SELECT relname FROM pg_class WHERE relname ~ '^[abc]$' ORDER BY 1",
        );
        found.push(...rows.map(({ relname }) => String(relname)));
      }
      return found.join("");
    },
  };
}

const next = ({ stderr }: Finished): readonly string[] => {
  const typed = /migrator up (--noop-privileged --confirm [0-9a-f]{16}.*)$/m.exec(stderr)?.[1];
  assert.ok(typed, stderr);
  return typed.split(" ");
};

for (const major of majors) {
  describe(`privileged migrations, on PostgreSQL ${major}`, () => {
    test("are run by up, and their refusal names both ways around them", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), { frontend: FRONTEND });
      const failed = await product.up();
      assert.equal(failed.status, 7, failed.stderr);
      assert.match(failed.stderr, /2_m2\/up\.sql:2:1, statement 1 .*SQLSTATE 42501/);
      assert.match(failed.stderr, /superuser.*--noop-privileged .*--unprivileged-only/);
      assert.equal(await product.tables(), "a");
    });

    test("keep --unprivileged-only from running anything anywhere", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), {
        codeintel: CODEINTEL,
        frontend: FRONTEND,
      });
      const refused = await product.up("--unprivileged-only");
      assert.equal(refused.status, 2, refused.stderr);
      assert.match(
        refused.stderr,
        /error\[plan\/privileged-pending\].*1 \(m1\) of "codeintel"; 2 \(m2\) of "frontend"/,
      );
      assert.match(refused.stdout, /^CREATE EXTENSION "pg_stat_statements";$/m);
      assert.equal(await product.tables(), "");
      const json = (await product.up("--unprivileged-only", "--json")).json();
      assert.deepEqual(json.map(({ event, code }) => code ?? event), [
        "privileged",
        "privileged",
        "plan/privileged-pending",
      ]);
      assert.equal((await product.up("--unprivileged-only", "--dry-run")).status, 2);
      // What needs nothing privileged runs all the same.
      const target = await product.up("--unprivileged-only", "--target", "1", "--db", "frontend");
      assert.equal(target.status, 0, target.stderr);
      assert.equal(await product.tables(), "a");
    });

    test("are run by hand, and recorded with one confirmation for all", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), {
        codeintel: CODEINTEL,
        frontend: FRONTEND,
      });
      const asked = await product.up("--noop-privileged");
      assert.equal(asked.status, 1, asked.stderr);
      assert.match(
        asked.stderr,
        /error\[status\/privileged-pending\]: 2 privileged migrations are/,
      );
      assert.match(asked.stdout, /^BEGIN;\nCREATE EXTENSION "pageinspect";\nCOMMIT;$/m);
      assert.match(asked.stdout, /^-- 2 \(m2\), frontend\/2_m2\/up\.sql$/m);
      assert.doesNotMatch(asked.stdout, /é|\\connect|CREATE TABLE/);
      const again = await product.up("--noop-privileged", "--dry-run");
      assert.deepEqual([again.status, again.stdout], [1, asked.stdout]);
      assert.equal(await product.tables(), "");

      const wrong = await product.up("--noop-privileged", "--confirm", "0123456789abcdef");
      assert.equal(wrong.status, 2, wrong.stderr);
      assert.match(wrong.stderr, /error\[plan\/not-confirmed\].*0123456789abcdef/);
      assert.deepEqual(next(wrong), next(asked));
      assert.equal(wrong.stdout, asked.stdout);

      const early = await product.up(...next(asked));
      assert.equal(early.status, 5, early.stderr);
      assert.match(early.stderr, /pageinspect is not installed in database "codeintel"/);
      assert.match(early.stderr, /pg_stat_statements is not installed in database "frontend"/);
      assert.equal(await product.tables(), "");

      await product.runScript(asked.stdout);
      const dry = await product.up(...next(asked), "--dry-run");
      assert.equal(dry.status, 0, dry.stderr);
      assert.match(dry.stdout, /up {3}2 \(m2\) {2}\[privileged, recorded, not run\]/);
      assert.equal(await product.tables(), "");

      const done = await product.up(...next(asked), "--json");
      assert.equal(done.status, 0, done.stdout + done.stderr);
      assert.equal(done.json().at(-1)?.["event"], "finished");
      const events = done.json().filter(({ event }) => event === "applied" || event === "recorded");
      assert.deepEqual(
        events.map(({ event, database, version, number, of }) =>
          [event, database, version, number, of].join(" ")
        ),
        [
          "recorded codeintel 1 1 2",
          "applied codeintel 2 2 2",
          "applied frontend 1 1 3",
          "recorded frontend 2 2 3",
          "applied frontend 3 3 3",
        ],
      );
      const [, hash] = /--confirm (\w+)/.exec(asked.stderr) ?? [];
      const rows = await product.sql(
        "frontend",
        "SELECT version::text, success, note FROM migrator.migration_logs ORDER BY id",
      );
      assert.deepEqual(rows, [
        { version: "1", success: true, note: null },
        {
          version: "2",
          success: true,
          note: `Privileged: run by hand by an administrator, confirmed with ${hash}.`,
        },
        { version: "3", success: true, note: null },
      ]);
      // Nothing is left to be confirmed: the same command once more does nothing.
      const repeated = await product.up(...next(asked));
      assert.equal(repeated.status, 0, repeated.stderr);
      assert.match(repeated.stdout, /frontend: nothing to do/);
    });

    test("have another confirmation when one word of them is another", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), { frontend: FRONTEND });
      const asked = next(await product.up("--noop-privileged"));
      const comment = { ...extension("pg_stat_statements"), up: '/* x */ CREATE EXTENSION  "x"' };
      for (const changed of [extension("pg_stat_statements"), comment]) {
        rewriteMigrations(`${product.directory}/frontend`, [
          FRONTEND[0]!,
          changed,
          FRONTEND[2]!,
        ]);
        const refused = await product.up("--noop-privileged", "--confirm", asked[2]!);
        assert.equal(refused.status, changed === comment ? 2 : 5, refused.stderr);
      }
    });

    test("wait for what they are built on", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), {
        frontend: [
          FRONTEND[0]!,
          extension("pg_stat_statements"),
          TRIGGER,
          FRONTEND[2]!,
          extension("pageinspect"),
        ],
      });
      const first = await product.up("--noop-privileged");
      assert.equal(first.status, 1, first.stderr);
      assert.match(first.stdout, /pg_stat_statements/);
      assert.match(first.stdout, /^-- Not yet, something else has to run first: 3 \(m3\)$/m);
      assert.doesNotMatch(first.stdout, /EVENT TRIGGER|pageinspect/);
      await product.runScript(first.stdout);
      const dry = await product.up(...next(first), "--dry-run");
      assert.match(dry.stdout, /frontend: then by hand, and what comes after: 3 \(m3\), 5 \(m5\)/);

      const second = await product.up(...next(first));
      assert.equal(second.status, 1, second.stderr);
      assert.equal(await product.tables(), "a");
      // One that needs nothing of what is between them is asked for with it.
      assert.match(
        second.stdout,
        /CREATE EVENT TRIGGER watching(.|\n)*CREATE EXTENSION "pageinspect"/,
      );
      assert.doesNotMatch(second.stdout, /pg_stat_statements/);
      await product.runScript(second.stdout);

      const last = await product.up(...next(second));
      assert.equal(last.status, 0, last.stderr);
      assert.equal(await product.tables(), "ab");
      const status = await product.command("status", "--exit-code");
      assert.equal(status.status, 0, status.stdout);
      await product.sql("frontend", "DROP EVENT TRIGGER watching");
    });

    test("need no word when none is pending", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), { frontend: [FRONTEND[0]!] });
      const done = await product.up("--noop-privileged");
      assert.equal(done.status, 0, done.stderr);
      assert.match(done.stdout, /frontend: applied 1 migration in/);
      assert.equal((await product.up("--unprivileged-only")).status, 0);
    });

    test("are told in comments that a name cannot end", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), {
        frontend: [{ ...extension("pageinspect"), yaml: `${PRIVILEGED}\n` }],
      });
      rewriteName(product, 'name: "x\\nDROP TABLE a;"');
      const asked = await product.up("--noop-privileged");
      assert.match(asked.stdout, /^-- 1 \(x\\x0ADROP TABLE a;\), /m);
      assert.doesNotMatch(asked.stdout, /^DROP/m);
    });

    test("contradictions are refused", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), { frontend: FRONTEND });
      for (const flags of [["--unprivileged-only", "--noop-privileged"], ["--confirm", "x"]]) {
        const refused = await product.up(...flags);
        assert.equal(refused.status, 2, refused.stderr);
        assert.match(refused.stderr, /error\[usage\/privileged-flags\]/);
      }
    });
  });
}

function rewriteName({ directory }: Product, line: string): void {
  const file = `${directory}/frontend/1_m1/metadata.yaml`;
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("name: m1", line));
}
