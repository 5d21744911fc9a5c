import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { concurrently, newProduct, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 180_000 };

/** As odd as a schema's name may be. */
const SCHEMA = `My "odd" Schema's`;

const LIST: readonly Written[] = [
  { up: "CREATE TABLE t (id bigint)", down: "DROP TABLE t" },
  concurrently("CREATE INDEX CONCURRENTLY t_id ON t (id)", { down: "DROP INDEX t_id" }),
  { up: "SELECT 1; SELECT 1/(SELECT count(*) FROM t)", yaml: "transaction: none" },
];

describe("a history in a schema of another name", () => {
  test("is all that every command touches", LIMIT, async () => {
    const server = await sharedCluster(majors[0]!);
    await server.sql(
      "postgres",
      `DO $$ BEGIN CREATE ROLE odd_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    );
    const product = await newProduct(server, LIST);
    const settings = (readers: string) =>
      fs.writeFileSync(
        path.join(product.directory, "migrator.yaml"),
        `historySchema: ${JSON.stringify(SCHEMA)}\nreaders: [${readers}]\nmigrations: .\n`,
      );
    settings("");
    const as = async (url: string, ...args: readonly string[]) =>
      await runMigrator([...args, "--database-url", url], { cwd: product.directory });
    const run = (...args: readonly string[]) => as(product.url, ...args);
    const ends = async (status: number, says: RegExp, ...args: readonly string[]) => {
      const ended = await run(...args);
      const text = ended.stdout + ended.stderr;
      assert.equal(ended.status, status, `${args.join(" ")}: ${text}`);
      assert.match(text, says, `${args.join(" ")}: ${text}`);
    };

    await ends(7, /applied|1\/3/, "up");
    await ends(5, /3 .*is dirty|history\/dirty/, "up");
    await ends(0, /2 applied.*1 dirty/, "status");
    await ends(5, /Statement 2 of 2 failed/, "repair", "--dry-run");
    await ends(0, /is not applied/, "force", "3", "--down", "--reason", "looked");
    await ends(0, /did not|failed/, "describe", "3");
    await product.sql("INSERT INTO t VALUES (1)");
    await ends(0, /applied 1 migration/, "up");
    await ends(0, /free/, "lock");
    await ends(0, /ready/, "wait", "--timeout", "0");
    await ends(0, /3 migrations applied/, "doctor");

    const reader = product.url.replace("postgres@", "odd_reader@");
    const { stderr } = await as(reader, "wait", "--timeout", "0");
    assert.ok(
      stderr.includes(`GRANT USAGE ON SCHEMA "My ""odd"" Schema's" TO your_role`),
      stderr,
    );
    settings("odd_reader, not_a_role");
    const odd = /role "not_a_role"[^]*role "odd_reader" may not read the history yet/;
    await ends(0, odd, "doctor");
    await ends(0, /reader "not_a_role" [^]*"odd_reader" may read its history now/, "up");
    const ready = await as(reader, "wait", "--timeout", "0");
    assert.equal(ready.status, 0, ready.stderr);

    // An older program, which has only the first of them, takes the others back.
    product.rewrite(LIST.slice(0, 1));
    await ends(0, /took back 3/, "down", "3");
    const [row] = await product.sql("SELECT to_regnamespace('migrator') AS ours");
    assert.equal(row?.["ours"], null);
  });
});
