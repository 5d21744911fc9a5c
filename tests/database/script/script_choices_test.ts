import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { withFolder } from "../../support/folder.ts";
import { newProduct, type Product } from "../../support/harness.ts";
import { NO_PSQL, runPsql, runsWell, scriptFor } from "../../support/psql_script.ts";
import { SCRIPT_PRODUCT } from "../../support/script_product.ts";

const status = async (product: Product) => {
  const found = await runMigrator(["status", "--exit-code", ...product.args]);
  assert.equal(found.status, 0, found.stdout);
};

/** Arguments that lead to no server. */
const offline = (product: Product) => [
  "--migrations",
  product.directory,
  "--database-url",
  "postgres://nobody@127.0.0.1:1/none",
];

for (const major of majors) {
  const server = await sharedCluster(major);
  describe(`a script, on PostgreSQL ${major},`, { skip: NO_PSQL }, () => {
    test("is the same from a state file as from the server", async () => {
      const product = await newProduct(server, SCRIPT_PRODUCT);
      await product.run();
      await runMigrator(["down", "4", ...product.args]);
      const printed = await runMigrator(["status", "--json", ...product.args]);
      await withFolder({ "status.json": printed.stdout }, async (folder) => {
        const state = path.join(folder, "status.json");
        const body = (script: string) => script.replace(/^(--.*\n)*/, "");
        for (
          const words of [["up"], ["down", "2"], ["downto", "1"], ["downto", "1", "--after-up"]]
        ) {
          const made = await runMigrator([
            "script",
            ...words,
            "--state",
            state,
            ...offline(product),
          ]);
          assert.equal(made.status, 0, made.stderr);
          assert.equal(body(made.stdout), body(await scriptFor(product, ...words)));
        }
        const plan = await runMigrator(["plan", "--json", "--state", state, ...offline(product)]);
        assert.equal(plan.status, 0, plan.stdout);
        assert.deepEqual(
          plan.json().filter(({ event }) => event === "step").map(({ version }) => version),
          ["6", "7", "8", "9"],
        );
        const file = path.join(folder, "up.sql");
        const args = ["script", "up", "--output", file, "--state", state, ...offline(product)];
        assert.equal((await runMigrator(args)).status, 0);
        const again = await runMigrator(args);
        assert.match(again.stderr, /usage\/file-exists/);
        await runsWell(fs.readFileSync(file, "utf8"), product.url);
        await status(product);
      });
    });

    test("is refused from a file that does not tell the state", async () => {
      const product = await newProduct(server, SCRIPT_PRODUCT.slice(0, 3));
      await product.run();
      const pending = await runMigrator(["status", "--json", "--pending", ...product.args]);
      const other = (await runMigrator(["status", "--json", ...product.args])).stdout;
      const files = {
        pending: pending.stdout,
        other: other.replaceAll('"app"', '"other"'),
        older: other.replaceAll(/"search_path":"[^"]*(\\"[^"]*)*",/g, ""),
        text: "app on postgres://\n",
        empty: "",
      };
      await withFolder(files, async (folder) => {
        for (const name of [...Object.keys(files), "missing"]) {
          const args = ["--state", path.join(folder, name), ...offline(product)];
          const { status, stdout, stderr } = await runMigrator(["script", "up", ...args]);
          assert.equal(status, 2, `${name}: ${stdout}`);
          assert.match(
            stderr,
            name === "missing" ? /usage\/missing-file/ : /usage\/state-file/,
            name,
          );
        }
      });
    });

    test("that takes back what up will do is made before, does nothing then, and is right afterwards", async () => {
      const product = await newProduct(server, SCRIPT_PRODUCT);
      await runMigrator(["up", "--target", "2", ...product.args]);
      const before = await describeCatalog(product.sql);
      const script = await scriptFor(product, "downto", "2", "--after-up");
      assert.match(await runsWell(script, product.url), /^Nothing to do/);
      await product.run();
      await runsWell(script, product.url);
      assert.equal(await describeCatalog(product.sql), before);
      const down = await runMigrator(["down", "2", ...product.args]);
      assert.equal(down.status, 0, down.stderr);
    });

    test("for a superuser has the privileged steps, recorded by the role that migrates", async () => {
      const product = await newProduct(server, [
        { up: "CREATE TABLE a (t text)", down: "DROP TABLE a" },
        {
          up: "CREATE EXTENSION pageinspect",
          down: "DROP EXTENSION pageinspect",
          yaml: "privileged: true",
          parents: [1],
        },
        { up: "CREATE TABLE b (t text)", down: "DROP TABLE b" },
      ]);
      const role = `owner_${product.postgres}`;
      await product.sql(
        `CREATE ROLE ${role} LOGIN; GRANT CREATE ON DATABASE ${product.postgres} TO ${role};
        GRANT CREATE ON SCHEMA public TO ${role}`,
      );
      const url = product.url.replace(/\/\/[^@]*@/, `//${role}@`);
      const asOwner = {
        ...product,
        url,
        args: ["--migrations", product.directory, "--database-url", url],
      };
      await runMigrator(["up", "--target", "1", ...asOwner.args]);
      const whole = await scriptFor(asOwner, "up");
      assert.match(whole, /-- {3}1\. up 2 \(m2\), PRIVILEGED\n/);
      const privileged = await scriptFor(asOwner, "up", "--privileged-only");
      assert.match(privileged, /Run it as a superuser[\s\S]*Not in this file:\n-- {3}up 3 \(m3\)/);
      const alone = await runPsql(whole, url);
      assert.match(alone.stderr, /permission denied to create extension/);
      assert.match(await runsWell(privileged, product.url), /Done: 1 step/);
      assert.match(await runsWell(privileged, product.url), /Nothing to do/);
      assert.match(await runsWell(whole, url), /^Goes on\. Done before: 1 of 2 steps\./);
      await status(asOwner);
      const [row] = await product.sql(
        `SELECT array_agg(DISTINCT relowner::regrole::text) AS owners FROM pg_class
        WHERE relnamespace = 'migrator'::regnamespace OR relname IN ('a', 'b')`,
      );
      assert.equal(row?.["owners"], `{${role}}`);
    });
  });
}
