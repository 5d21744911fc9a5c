import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { describeCatalog } from "../../support/catalog.ts";
import { type Major, majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator, startMigrator } from "../../support/command.ts";
import {
  concurrently,
  connectorTo,
  eventually,
  failureOf,
  interfere,
  newProduct,
  type Product,
  runningBackend,
  unwatched,
  type Written,
} from "../../support/harness.ts";

const LIMIT = { timeout: 90_000 };

const catalogOf = (product: Product) => describeCatalog(product.sql, { schemas: ["public", "s"] });

/** The catalog that a run which nothing disturbs leaves. */
async function undisturbed(major: Major, list: readonly Written[]): Promise<string> {
  const product = await newProduct(await sharedCluster(major), list);
  await product.run();
  return await catalogOf(product);
}

/** Kills the tool while a statement runs; the backend goes on, or is ended as well. */
async function killIn(
  product: Product,
  { statement, backend }: { readonly statement: string; readonly backend: "ends" | "lives" },
): Promise<number> {
  const running = startMigrator(["up", ...product.args]);
  const pid = await runningBackend(product, statement);
  running.kill("SIGKILL");
  await running.finished;
  if (backend === "ends") {
    await product.sql(`SELECT pg_terminate_backend(${pid})`);
    await gone(product, pid);
  }
  return pid;
}

async function gone(product: Product, pid: number): Promise<void> {
  await eventually(
    async () => (await product.sql(`SELECT FROM pg_stat_activity WHERE pid = ${pid}`)).length === 0,
    { what: "the end of the backend" },
  );
}

const repair = (product: Product, ...args: readonly string[]) =>
  runMigrator(["repair", ...args, ...product.args]);

/** The fourth statement of the second migration sleeps as long as `speed` says. */
const half = (major: Major): readonly Written[] => [
  { up: "CREATE SCHEMA s; CREATE TABLE speed (seconds int); INSERT INTO speed VALUES (0)" },
  {
    up: `SET search_path = s; ${unwatched(major)};\nCREATE TABLE a (i int);\n` +
      "INSERT INTO a SELECT 1 FROM pg_sleep((SELECT seconds FROM public.speed));\n" +
      "CREATE TABLE b (i int);",
    yaml: "transaction: none",
  },
  { up: "CREATE TABLE c ()" },
];

/** The first migration is applied, and what sleeps will sleep. */
async function slowProduct(major: Major, list: readonly Written[]): Promise<Product> {
  const product = await newProduct(await sharedCluster(major), list);
  const { planUp } = await import("../../../src/plan/up.ts");
  await product.run({ plan: (input) => planUp(input, [1n]) });
  await product.sql("UPDATE speed SET seconds = 60");
  return product;
}

for (const major of majors) {
  describe(`repair, on PostgreSQL ${major}`, () => {
    test("has nothing to do where nothing is wrong", LIMIT, async () => {
      const product = await newProduct(await sharedCluster(major), [{ up: "SELECT 1" }]);
      for (const when of ["before", "after"]) {
        const { status, stdout, stderr } = await repair(product);
        assert.equal(status, 0, stderr);
        assert.match(stdout, /^app: nothing to repair on postgres:/, when);
        await product.run();
      }
      assert.deepEqual(await product.attempts(), ["1 up t"]);
    });

    test("goes on with a migration that was killed in its fourth statement", LIMIT, async () => {
      const product = await slowProduct(major, half(major));
      const pid = await killIn(product, { statement: "INSERT INTO a", backend: "lives" });

      const early = await repair(product);
      assert.equal(early.status, 5, early.stdout);
      assert.match(early.stdout, new RegExp(`found: +It is still running: pid ${pid}, since\\s+2`));
      assert.match(early.stderr, /error\[history\/running\]: .*2 \(m2\) \(up\) of "app"/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?"]);
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
      await gone(product, pid);

      const refused = await runMigrator(["up", ...product.args]);
      assert.equal(refused.status, 5, refused.stderr);
      assert.match(refused.stderr, /next: migrator repair 2 --db app\n/);
      const told = await repair(product);
      assert.equal(told.status, 5, told.stdout);
      assert.match(
        told.stdout,
        /Statement 4 of 5 was cut off, and nothing of it is in the\s+database\./,
      );
      assert.match(told.stdout, /2_m2\/up\.sql:3:1\n +INSERT INTO a SELECT 1/);
      assert.match(told.stderr, /next: migrator repair 2 --continue --db app; or, /);

      await product.sql("UPDATE speed SET seconds = 0");
      const shown = await repair(product, "2", "--continue", "--dry-run", "--json");
      assert.equal(shown.status, 0, shown.stdout);
      const [finding, finished] = shown.json();
      assert.deepEqual(
        { ...finding, found: "", backend: null, place: null, attempt: "" },
        {
          event: "finding",
          database: "app",
          version: "2",
          name: "m2",
          kind: "attempt",
          state: "cut off",
          direction: "up",
          attempt: "",
          found: "",
          statement: 4,
          statements: 5,
          place: null,
          backend: null,
          remedy: "continue",
          would: "run statements 4 to 5",
          done: false,
        },
      );
      assert.equal(finished?.["dry_run"], true);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?"]);

      const mended = await repair(product, "2", "--continue");
      assert.equal(mended.status, 0, mended.stderr);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.equal(await catalogOf(product), await undisturbed(major, half(major)));
      const [row] = await product.sql("SELECT count(*)::int AS n FROM s.a");
      assert.deepEqual({ ...row }, { n: 1 });
    });

    test(
      "goes on behind a statement that was refused, once its cause is mended",
      LIMIT,
      async () => {
        const list = [
          { up: "CREATE TABLE a (i int)" },
          {
            up: "CREATE TABLE b (i int); INSERT INTO a VALUES (1 / (SELECT count(*) FROM a)); " +
              "CREATE TABLE c (i int)",
            yaml: "transaction: none",
          },
        ];
        const product = await newProduct(await sharedCluster(major), list);
        await failureOf(product.run());
        const again = await repair(product, "2", "--continue");
        assert.equal(again.status, 7, again.stdout);
        assert.match(again.stderr, /statement 2 of 3: division by zero/);
        await product.sql("INSERT INTO a VALUES (7)");
        const mended = await repair(product, "2", "--continue");
        assert.equal(mended.status, 0, mended.stderr);
        const rows = await product.sql("SELECT i FROM a ORDER BY i");
        assert.deepEqual(rows.map(({ i }) => i), [1, 7]);
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up f", "2 up t"]);
      },
    );

    test("lets up try again what was cut off in its first statement", LIMIT, async () => {
      const list = [
        half(major)[0]!,
        {
          up: "SELECT pg_sleep(seconds) FROM speed; CREATE TABLE s.a ()",
          yaml: "transaction: none",
        },
      ];
      const product = await slowProduct(major, list);
      await killIn(product, { statement: "pg_sleep(seconds)", backend: "ends" });
      await product.sql("UPDATE speed SET seconds = 0");
      const mended = await repair(product);
      assert.equal(mended.status, 0, mended.stderr);
      assert.match(mended.stdout, /action: +record that it is not applied, so that up runs it/);
      assert.match(mended.stdout, /app: repaired 1 of 1/);
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.deepEqual(
        await product.attempts(),
        ["1 up t", "2 up f", "2 down t", "2 up t"],
      );
      assert.equal(await catalogOf(product), await undisturbed(major, list));
    });

    test("leaves to a person what may have committed by itself", LIMIT, async () => {
      const product = await slowProduct(major, [
        half(major)[0]!,
        {
          up: "CREATE TABLE s.a ();\nDO $$ BEGIN\nCREATE TABLE s.b (); COMMIT;\n" +
            "PERFORM pg_sleep(60); END $$;\nCREATE TABLE s.c ();",
          yaml: "transaction: none",
        },
      ]);
      await killIn(product, { statement: "CREATE TABLE s.b", backend: "ends" });
      const told = await repair(product, "2", "--continue");
      assert.equal(told.status, 5, told.stdout);
      assert.match(told.stdout, /statement: app\/2_m2\/up\.sql:2:1\n {6}DO \$\$ BEGIN\n/);
      assert.match(told.stderr, /error\[history\/needs-person\]/);
      assert.match(told.stderr, /migrator force 2 --reason "…" --db app/);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up ?"]);
    });

    test("does not go on with what was edited, or needs what its session had", LIMIT, async () => {
      const up = "CREATE TEMPORARY TABLE t (i int); SELECT 1 / count(*) FROM t;";
      const product = await newProduct(await sharedCluster(major), [
        { up, yaml: "transaction: none" },
      ]);
      await failureOf(product.run());
      const lost = await repair(product, "1", "--continue");
      assert.equal(lost.status, 5, lost.stdout);
      assert.match(lost.stdout, /what statement 1 left in its\s+session is gone/);
      product.rewrite([{ up: up + "SELECT 2", yaml: "transaction: none" }]);
      const edited = await repair(product, "1", "--continue");
      assert.equal(edited.status, 5, edited.stdout);
      assert.match(edited.stdout, /was edited since/);
      assert.deepEqual(await product.attempts(), ["1 up f"]);
    });

    test("drops the invalid index of a build, and up builds it", LIMIT, async () => {
      const list = [
        { up: "CREATE TABLE a (i int)" },
        concurrently("CREATE UNIQUE INDEX CONCURRENTLY a_i ON a (i)"),
      ];
      const product = await newProduct(await sharedCluster(major), list);
      const { planUp } = await import("../../../src/plan/up.ts");
      await product.run({ plan: (input) => planUp(input, [1n]) });
      await product.sql("INSERT INTO a VALUES (1), (1)");
      assert.equal((await runMigrator(["up", ...product.args])).status, 7);
      const dry = await repair(product, "--dry-run");
      assert.equal(dry.status, 0, dry.stderr);
      assert.match(dry.stdout, /action: +drop index public\.a_i concurrently/);
      const mended = await repair(product, "--json");
      assert.equal(mended.status, 0, mended.stdout);
      const finding = mended.json().find(({ event }) => event === "finding");
      assert.deepEqual([finding?.["remedy"], finding?.["done"]], ["drop-index", true]);
      const [row] = await product.sql("SELECT to_regclass('a_i') AS index");
      assert.deepEqual({ ...row }, { index: null });
      await product.sql("DELETE FROM a");
      assert.equal((await runMigrator(["up", ...product.args])).status, 0);
      assert.equal(await catalogOf(product), await undisturbed(major, list));
    });

    test("records a build that was done when its connection was cut", LIMIT, async () => {
      const list = [
        { up: "CREATE TABLE a (i int)" },
        concurrently("CREATE INDEX CONCURRENTLY a_i ON a (i)"),
      ];
      const product = await newProduct(await sharedCluster(major), list);
      const { planUp } = await import("../../../src/plan/up.ts");
      await product.run({ plan: (input) => planUp(input, [1n]) });
      const connector = interfere(await connectorTo(product.url), {
        async after(message, session) {
          if (!message.startsWith("CREATE INDEX CONCURRENTLY")) return;
          session.abandon();
          await session.lost;
        },
      });
      await failureOf(product.run({ connector }));
      const mended = await repair(product, "2");
      assert.equal(mended.status, 0, mended.stderr);
      assert.equal((await runMigrator(["status", "--exit-code", ...product.args])).status, 0);
      assert.deepEqual(await product.attempts(), ["1 up t", "2 up f", "2 up t"]);
      assert.equal(await catalogOf(product), await undisturbed(major, list));
    });

    test("tells of a transaction that outlives its runner", LIMIT, async () => {
      const product = await slowProduct(major, [
        half(major)[0]!,
        { up: `${unwatched(major)}; CREATE TABLE s.a (); SELECT pg_sleep(seconds) FROM speed` },
      ]);
      const pid = await killIn(product, { statement: "pg_sleep(seconds)", backend: "lives" });
      const early = await repair(product);
      assert.equal(early.status, 5, early.stdout);
      assert.match(
        early.stdout,
        new RegExp(`a transaction of it is still open: pid ${pid}, active, since`),
      );
      await product.sql(`SELECT pg_terminate_backend(${pid})`);
      await gone(product, pid);
      const late = await repair(product, "--json");
      assert.equal(late.status, 0, late.stdout);
      const finding = late.json().find(({ event }) => event === "finding");
      assert.deepEqual(
        [finding?.["kind"], finding?.["state"], finding?.["done"]],
        ["run", "unfinished", true],
      );
      const [row] = await product.sql(
        "SELECT fence = durable_fence AS durable FROM migrator.databases",
      );
      assert.deepEqual({ ...row }, { durable: true });
      const third = await repair(product);
      assert.match(third.stdout, /nothing to repair/);
    });
  });
}
