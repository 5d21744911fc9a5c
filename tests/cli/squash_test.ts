import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { majors, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { concurrently, newProduct, type Product, type Written } from "../support/harness.ts";
import { withFolder } from "../support/folder.ts";

const example = fileURLToPath(new URL("../../migrations", import.meta.url));

/** Rows of every sort that a dump may stumble over, and a branch that the squash leaves out. */
const MIGRATIONS: readonly Written[] = [
  {
    up: "CREATE EXTENSION IF NOT EXISTS hstore;",
    down: "DROP EXTENSION hstore;",
    yaml: "privileged: true",
  },
  {
    up: `CREATE TABLE roles (
        id bigserial PRIMARY KEY, name text UNIQUE, parent bigint REFERENCES roles,
        tags hstore, data bytea, made timestamptz NOT NULL DEFAULT now(),
        twice bigint GENERATED ALWAYS AS (id * 2) STORED
      );
      CREATE TABLE counted (n bigint GENERATED ALWAYS AS IDENTITY, of text);
      CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO counted (of) VALUES (NEW.name); RETURN NEW;
      END; $$;
      CREATE TRIGGER counting AFTER INSERT ON roles FOR EACH ROW EXECUTE FUNCTION note_role();
      CREATE SEQUENCE tickets START 100;`,
    down: "DROP TABLE roles, counted; DROP FUNCTION note_role(); DROP SEQUENCE tickets;",
  },
  {
    up: String.raw`INSERT INTO roles (name, parent, tags, data) VALUES
        ('it''s \ "all"', 2, 'a=>1', '\x00ff'), ('second', NULL, NULL, NULL), ('', 1, '', '');
      DELETE FROM roles WHERE name = '';
      SELECT nextval('tickets'), nextval('tickets');`,
    down: "DELETE FROM roles; DELETE FROM counted;",
  },
  concurrently("CREATE INDEX CONCURRENTLY roles_data ON roles (data);", {
    down: "DROP INDEX CONCURRENTLY roles_data;",
  }),
  { up: "ALTER TABLE roles ADD COLUMN later text;", down: "ALTER TABLE roles DROP COLUMN later;" },
];

const CONTENT = `SELECT (SELECT json_agg(r ORDER BY id) FROM (
    SELECT id, name, parent, tags::text, data::text, twice FROM roles) AS r)::text AS roles,
  (SELECT json_agg(c ORDER BY n) FROM counted AS c)::text AS counted,
  (SELECT last_value FROM tickets)::text AS tickets, (SELECT last_value FROM roles_id_seq)::text AS ids,
  (SELECT string_agg(indexdef, ',' ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public') AS indexes`;

async function migrator({ args }: Product, command: string, ...words: string[]) {
  return await runMigrator([command, ...args, ...words], { timeout: 300_000 });
}

for (const major of majors) {
  describe(`squash, on ${major}`, () => {
    test("begins new databases, and leaves those alone that began before, also half-way", async () => {
      const server = await sharedCluster(major);
      const half = await newProduct(server, MIGRATIONS);
      assert.equal((await migrator(half, "up", "--target", "2")).status, 0);
      const made = await migrator(half, "squash", "--to", "4");
      assert.equal(made.status, 0, made.stderr);
      assert.match(made.stdout, /squash\/4\.sql: 4 migrations in \d+ statements, proved equal/);
      const at = (product: Product) => ({
        ...product,
        args: ["--migrations", half.directory, "--database-url", product.url],
      });
      const fresh = at(await newProduct(server, MIGRATIONS));
      const plan = await migrator(fresh, "plan");
      assert.match(
        plan.stdout,
        /up {3}4 \(m4\) {2}\[squash of 4 migrations\]\n {2}up {3}5 \(m5\)\n$/,
      );
      const begun = await migrator(fresh, "up");
      assert.equal(begun.status, 0, begun.stderr);
      assert.match(begun.stdout, /applied 2 migrations/);
      const old = at(await newProduct(server, MIGRATIONS));
      assert.match((await migrator(old, "up", "--no-squash")).stdout, /applied 5 migrations/);
      // Half-way, before and after there was a squash.
      assert.match((await migrator(half, "up")).stdout, /applied 3 migrations/);
      assert.deepEqual(await fresh.sql(CONTENT), await old.sql(CONTENT));
      assert.deepEqual(await half.sql(CONTENT), await old.sql(CONTENT));

      // All versions are in the history: another executable, or one without the squash, knows where it is.
      assert.deepEqual(await fresh.attempts(), ["1 up t", "2 up t", "3 up t", "4 up t", "5 up t"]);
      const [note] = await fresh.sql("SELECT note FROM migrator.migration_logs WHERE version = 2");
      assert.equal(note?.["note"], "made by the squash to 4");
      const status = await migrator(fresh, "status", "--exit-code");
      assert.equal(status.status, 0, status.stdout);
      assert.doesNotMatch(status.stdout, /edited/);
      assert.match((await migrator(fresh, "up")).stdout, /nothing to do/);
      if (major === 18) {
        assert.match((await migrator(fresh, "drift")).stdout, /no drift: it is as 5/);
      }

      // The ways back are the migrations' own.
      await fs.rm(`${half.directory}/app/squash`, { recursive: true });
      const down = await migrator(fresh, "down", "--target", "1");
      assert.equal(down.status, 0, down.stderr);
      assert.deepEqual(await fresh.sql("SELECT to_regclass('roles') AS gone"), [{ gone: null }]);
    });
  });
}

describe("squash", () => {
  test("is all or nothing when it fails, and tried again", async () => {
    const product = await newProduct(await sharedCluster(18), MIGRATIONS);
    await migrator(product, "squash", "--to", "4");
    await product.sql("CREATE TABLE counted (mine text)");
    const failed = await migrator(product, "up", "--from-scratch");
    assert.equal(failed.status, 7, failed.stdout);
    assert.match(failed.stderr, /squash\/4\.sql:\d+/);
    assert.deepEqual(await product.sql("SELECT to_regclass('roles') AS gone"), [{ gone: null }]);
    await product.sql("DROP TABLE counted");
    assert.match((await migrator(product, "up")).stdout, /applied 2 migrations/);
  });

  test("is left out, with a word, once a migration in it has changed", async () => {
    const product = await newProduct(await sharedCluster(18), MIGRATIONS);
    await migrator(product, "squash", "--to", "4");
    await fs.appendFile(`${product.directory}/app/2_m2/up.sql`, "\nSELECT 1;");
    const { stdout, stderr } = await migrator(product, "up");
    assert.match(stderr, /app\/squash\/4\.sql is not used: .* migrator squash --to 4 --db app/);
    assert.match(stdout, /applied 5 migrations/);
  });

  test("is not used where privileged migrations are an administrator's", async () => {
    const product = await newProduct(await sharedCluster(18), MIGRATIONS);
    await migrator(product, "squash", "--to", "4");
    const { stdout } = await migrator(product, "up", "--noop-privileged");
    assert.match(stdout, /CREATE EXTENSION/);
    assert.doesNotMatch(stdout, /CREATE TABLE/);
  });

  test("refuses batched migrations that a new database would never have", async () => {
    const { status, stderr } = await runMigrator(
      ["squash", "--migrations", example, "--db", "frontend", "--to", "1746095400"],
    );
    assert.equal(status, 4);
    assert.match(stderr, /squash\/batched.*Migration 1746095400 of frontend queues/s);
  });

  test("writes the same text each time", async () => {
    await withFolder({}, async () => {
      const product = await newProduct(await sharedCluster(18), MIGRATIONS);
      const file = `${product.directory}/app/squash/4.sql`;
      await migrator(product, "squash", "--to", "4");
      const first = await fs.readFile(file, "utf8");
      await migrator(product, "squash", "--to", "4");
      assert.equal(await fs.readFile(file, "utf8"), first);
      assert.match(first, /^-- Squash of 4 migrations to 4, checksum [0-9a-f]{64}\n/);
    });
  });
});
