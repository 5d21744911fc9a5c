import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { newProduct, type Product, type Written } from "../../support/harness.ts";

const LIMIT = { timeout: 60_000 };

/** 1 ─ 2 ─ 3 and 1 ─ 4 ─ 5: two leaves. */
const FORK: readonly Written[] = [1, 2, 3, 4, 5].map((version) => ({
  version,
  parents: [[], [1], [2], [1], [4]][version - 1]!,
  up: `CREATE TABLE t${version} ()`,
  down: `DROP TABLE t${version}`,
}));

async function tables(product: Product): Promise<string> {
  const [row] = await product.sql(
    `SELECT coalesce(string_agg(substr(relname, 2), ' ' ORDER BY relname), '') AS t
    FROM pg_class WHERE relname ~ '^t[0-9]+$'`,
  );
  return String(row?.["t"]);
}

/** Runs a command that must exit like that, and gives all that it printed. */
async function command(product: Product, line: string, exit = 0): Promise<string> {
  const finished = await runMigrator([...line.split(" "), ...product.args]);
  const printed = finished.stdout + finished.stderr;
  assert.equal(finished.status, exit, `${line}: ${printed}`);
  return printed;
}

/** A command, the tables after it, and the exit status where it is not 0. */
const MOVES: readonly (readonly [string, string, number?])[] = [
  ["up --target 2", "1 2"],
  ["up --target=2", "1 2"],
  ["up -target=5", "1 2 4 5"],
  ["down 1", "1 2 4"],
  ["up --target 5 --target 3", "1 2 3 4 5"],
  ["undo", "1 2 3 4 5", 2],
  ["redo", "1 2 3 4 5", 2],
  ["down --target 4", "1 2 3 4"],
  ["down --target 2,4", "1 2 4"],
  ["downto 1", "1"],
  ["downto 3", "1"],
  ["down --target 99", "1", 2],
  ["up --target 99", "1", 2],
  ["up", "1 2 3 4 5"],
  ["down", "1 2 3 4 5", 2],
  ["down 0", "1 2 3 4 5", 2],
  ["down 1 --target 2", "1 2 3 4 5", 2],
  ["down 2", "1 2 3"],
  ["undo", "1 2"],
  ["redo", "1 2"],
  ["undo", "1"],
  ["undo", ""],
  ["undo", ""],
  ["redo", ""],
  ["up", "1 2 3 4 5"],
  ["down 99", ""],
];

for (const major of majors.slice(0, 1)) {
  describe(`ways up and back, on PostgreSQL ${major}`, () => {
    test("show the same steps as they run", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), FORK);
      await command(product, "up --target 3");
      for (const line of ["up", "down --target 1", "up", "down 3"]) {
        const shown = await runMigrator([
          ...line.split(" "),
          "--dry-run",
          "--json",
          ...product.args,
        ]);
        const ran = await runMigrator([...line.split(" "), "--json", ...product.args]);
        const steps = (event: string, { json }: typeof shown) =>
          json().filter((record) => record["event"] === event)
            .map((record) => `${record["version"]} ${record["direction"]}`);
        assert.ok(steps("step", shown).length >= 2);
        assert.deepEqual(steps("step", shown), steps("applied", ran));
      }
    });

    test("before anything was run are shown without leaving a trace", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), FORK);
      assert.match(await command(product, "up --dry-run"), /5 to run/);
      assert.match(await command(product, "undo --dry-run"), /nothing to do/);
      assert.match(await command(product, "undo"), /nothing to do/);
      assert.match(await command(product, "status"), /5 pending/);
      const [row] = await product.sql("SELECT to_regnamespace('migrator') AS schema");
      assert.deepEqual({ ...row }, { schema: null });
    });

    test("that are ambiguous list the candidates", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), FORK);
      await command(product, "up");
      const printed = await command(product, "undo", 2);
      assert.match(printed, /error\[plan\/ambiguous-undo\].*3 \(m3\), 5 \(m5\)/);
      assert.match(printed, /next: .*migrator down --target/);
    });

    test("over what cannot be taken back are refused before anything is run", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t1 ()", down: "DROP TABLE t1" },
        { up: "CREATE TABLE t2 ()", yaml: "irreversible: the rows were thrown away" },
        { up: "CREATE TABLE t3 ()", down: "DROP TABLE t3" },
      ]);
      await command(product, "up");
      for (const line of ["down --target 1", "down 2", "downto 1 --dry-run"]) {
        const printed = await command(product, line, 2);
        assert.match(printed, /error\[plan\/irreversible\].*2 \(m2\).*the rows were thrown away/);
        assert.equal(await tables(product), "1 2 3");
      }
      await command(product, "undo");
      assert.equal(await tables(product), "1 2");
    });

    test("over what is dirty are refused, up and back", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [
        { up: "CREATE TABLE t1 ()", down: "DROP TABLE t1" },
        {
          up: "CREATE TABLE t2 (); SELECT 1 / 0",
          down: "DROP TABLE t2",
          yaml: "transaction: none",
        },
      ]);
      await command(product, "up", 7);
      for (const line of ["up", "down 1", "downto 1", "undo", "redo", "up --dry-run"]) {
        const printed = await command(product, line, 5);
        assert.match(printed, /error\[history\/dirty\].*2 \(m2\)/, line);
      }
      assert.equal(await tables(product), "1 2");
    });

    test("reapply a migration that was edited since, with redo", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), FORK.slice(0, 2));
      await command(product, "up");
      product.rewrite([FORK[0]!, { ...FORK[1]!, up: "CREATE TABLE t2 (); CREATE TABLE t22 ()" }]);
      assert.match(await command(product, "status"), /1 edited/);
      await command(product, "redo");
      assert.equal(await tables(product), "1 2 22");
      assert.doesNotMatch(await command(product, "status"), /edited/);
    });
  });
}

describe("ways up and back", () => {
  test("lead where they say, and only there", { timeout: 120_000 }, async () => {
    const product = await newProduct(await sharedCluster(majors[0]!), FORK);
    let before = "";
    const shown = new Set<string>();
    for (const [line, after, exit = 0] of MOVES) {
      const [name = ""] = line.split(" ");
      if (!shown.has(name) && exit === 0) {
        await command(product, `${line} --dry-run`);
        assert.equal(await tables(product), before, `${line} --dry-run`);
        shown.add(name);
      }
      await command(product, line, exit);
      assert.equal(await tables(product), after, line);
      before = after;
    }
  });
});
