import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { begin } from "../../../src/background/state/background_transaction.ts";
import { rollBack } from "../../../src/connection/session/transaction.ts";
import { examineTable, planScan } from "../../../src/background/strategy/plan_scan.ts";
import { compareScanPlans } from "../../../src/background/strategy/compare_scan_plans.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import type { BatchedMigration } from "../../../src/definition/batched/batched_migration.ts";
import { Failure } from "../../../src/failure.ts";
import { majors, type Server, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";
import { declared } from "../../support/background.ts";

type Declared = Partial<BatchedMigration> & { readonly table: string };

const LIMIT = { timeout: 120_000 };

/** Tables, each with something the matter. */
const TABLES = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.orders (id bigint PRIMARY KEY);
  CREATE TABLE routes (id bigint PRIMARY KEY, source_id bigint, slug text NOT NULL);
  CREATE VIEW seen AS SELECT * FROM routes;
  CREATE MATERIALIZED VIEW kept AS SELECT * FROM routes;
  CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
  CREATE FOREIGN TABLE far (id int) SERVER nowhere;
  CREATE TABLE bare (a int NOT NULL, b int NOT NULL, t text COLLATE "C" NOT NULL, m money NOT NULL);
  CREATE INDEX bare_mixed ON bare (a, b DESC);
  CREATE INDEX bare_partial ON bare (b) WHERE a > 0;
  CREATE INDEX bare_nulls ON bare (b NULLS FIRST);
  CREATE INDEX bare_hash ON bare USING hash (b);
  CREATE INDEX bare_collated ON bare (t COLLATE "POSIX");
  CREATE INDEX bare_pattern ON bare (t text_pattern_ops);
  CREATE INDEX bare_expression ON bare ((lower(t)));
  CREATE INDEX bare_money ON bare (m);
  CREATE TABLE keyed (a int NOT NULL, b int NOT NULL, UNIQUE (a, b));
  CREATE TABLE backward (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL);
  CREATE INDEX backward_both ON backward (a DESC, b DESC);
  CREATE TABLE twins (id int NOT NULL); INSERT INTO twins VALUES (1), (1);
  CREATE TABLE parted (id int NOT NULL) PARTITION BY RANGE (id);
  CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
  CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
  CREATE INDEX ON ONLY parted (id); CREATE INDEX parted_high_id ON parted_high (id);
`;

/** What is declared, what is found, and what the first of the hints says. */
const REFUSED: readonly (readonly [
  what: Declared,
  codes: readonly string[],
  says: RegExp,
])[] = [
  [{ table: "rotes" }, ["table-missing"], /no table rotes.*table: public\.routes/],
  [{ table: "orders" }, ["table-missing"], /table: shop\.orders/],
  [{ table: "nobody_knows" }, ["table-missing"], /in the migration that creates/],
  [{ table: "seen" }, ["not-a-table"], /public\.seen is a view/],
  [{ table: "kept" }, ["not-a-table"], /is a materialized view/],
  [{ table: "far" }, ["not-a-table"], /is a foreign table/],
  [{ table: "bare" }, ["no-primary-key"], /has no primary key.*strategy: ctid/],
  [{ table: "keyed" }, ["no-primary-key"], /`key: \[a, b\]`/],
  [{ table: "routes", key: ["soruce_id"] }, ["column-missing"], /`source_id`/],
  [{ table: "routes", key: ["source_id"] }, ["nullable-key", "no-index"], /source_id.*NOT VALID/],
  [{ table: "routes", key: ["slug"] }, ["no-index"], /CONCURRENTLY ON public\.routes \("slug"\)/],
  [{ table: "bare", key: ["a", "b"] }, ["no-index"], /bare_mixed is ascending in one column and/],
  [
    { table: "bare", key: ["b"] },
    ["no-index"],
    /bare_hash is not a btree.*bare_nulls has NULLs.*bare_partial has a WHERE/,
  ],
  [
    { table: "bare", key: ["t"] },
    ["no-index"],
    /bare_collated sorts by another collation.*bare_pattern sorts by other operators/,
  ],
  [{ table: "bare", key: ["m"] }, ["key-type"], /pg_catalog\.money/],
  [{ table: "twins", key: ["id"] }, ["no-index"], /twins_id is not valid/],
  [{ table: "parted", key: ["id"] }, ["no-index"], /parted_low has no index.*ON public.parted_low/],
  [
    { table: "routes", sql: [sql("UPDATE routes SET id = 1, slug = '' WHERE batch()")] },
    ["key-updated"],
    /assign id,/,
  ],
  [
    {
      table: "routes",
      sql: [sql("INSERT INTO routes VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2")],
    },
    ["key-updated"],
    /assign id,/,
  ],
];

function sql(text: string) {
  return { text, holes: [], line: 1 };
}

for (const major of majors) {
  describe(`looking at a table before it is walked, on PostgreSQL ${major}`, () => {
    let server: Server;
    let database: string;
    let session: Session;

    before(async () => {
      server = await sharedCluster(major);
      database = await server.createDatabase();
      session = await sessionOf("postgres");
      await session.query(TABLES);
      await session.query("CREATE UNIQUE INDEX CONCURRENTLY twins_id ON twins (id)").catch(
        () => {},
      );
    });
    after(() => session.close());

    async function sessionOf(role: string): Promise<Session> {
      const url = server.url(database).replace("postgres@", `${role}@`);
      return await (await connectorTo(url)).open({ applicationName: "plan scan" });
    }

    async function look(what: Declared, by = session) {
      await by.query(begin(by));
      return await examineTable(by, declared({ sql: [], ...what })).finally(() => rollBack(by));
    }

    async function warningsOf(what: Declared, by = session) {
      const { scanPlan, findings } = await look(what, by);
      assert.ok(scanPlan, JSON.stringify(findings));
      return findings.map(({ level, code, message, hint }) => {
        assert.equal(level, "warn");
        return `${code.replace("background/", "")}: ${message} ${hint}`;
      });
    }

    test("what would miss rows, or do them twice, is refused with what to do", LIMIT, async () => {
      for (const [what, codes, says] of REFUSED) {
        const { scanPlan, findings } = await look(what);
        const refusals = findings.filter(({ level }) => level === "refuse");
        assert.deepEqual(
          refusals.map(({ code }) => code),
          codes.map((code) => `background/${code}`),
        );
        assert.equal(scanPlan, undefined);
        assert.match(refusals.map(({ message, hint }) => `${message} ${hint}`).join("\n"), says);
      }
      await session.query(begin(session));
      const refused = await planScan(session, declared({ table: "seen", sql: [] })).catch((error) =>
        error
      )
        .finally(() => rollBack(session));
      assert.ok(refused instanceof Failure);
      assert.equal(refused.code, "background/not-a-table");
      assert.equal(refused.exit, 8);
    });

    test("the SQL of a hint is what helps", LIMIT, async () => {
      const what = { table: "routes", key: ["source_id"] };
      const { findings } = await look(what);
      for (const { hint } of findings) {
        for (const statement of hint.slice(hint.search(/ALTER|CREATE/)).split("; ")) {
          await session.query(statement);
        }
      }
      assert.deepEqual((await look(what)).findings.map(({ level }) => level), ["warn"]);
      assert.match((await warningsOf(what))[0]!, /^key-not-unique: .*key: \[source_id, id\]/);
    });

    test("a NOT NULL that was not verified proves nothing", LIMIT, async () => {
      if (major < 18) return;
      await session.query(
        "CREATE TABLE doubtful (id int); CREATE INDEX ON doubtful (id); INSERT INTO doubtful " +
          "VALUES (NULL); ALTER TABLE doubtful ADD CONSTRAINT nn NOT NULL id NOT VALID",
      );
      const { findings } = await look({ table: "doubtful", key: ["id"] });
      assert.equal(findings[0]!.code, "background/nullable-key");
    });

    test(
      "an index that descends in all columns will do, and so will a longer one",
      LIMIT,
      async () => {
        const { scanPlan } = await look({ table: "backward", key: ["a", "b"] });
        assert.equal(scanPlan?.index, "backward_both");
        const { scanPlan: first } = await look({ table: "backward", key: ["a"] });
        assert.equal(first?.index, "backward_both");
        assert.deepEqual((await look({ table: "keyed", key: ["a", "b"] })).findings, []);
      },
    );

    test("rows that a role may not see are not passed over in silence", LIMIT, async () => {
      const role = `walker_${database}`;
      await session.query(
        `CREATE ROLE ${role} LOGIN; CREATE TABLE secret (id int PRIMARY KEY); ` +
          "CREATE TABLE hidden (id int PRIMARY KEY); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; " +
          `GRANT SELECT ON hidden TO ${role}`,
      );
      const other = await sessionOf(role);
      try {
        const secret = await look({ table: "secret" }, other);
        assert.deepEqual(secret.findings.map(({ code }) => code).slice(0, 1), [
          "background/no-rights",
        ]);
        await session.query(secret.findings[0]!.hint);
        assert.match((await warningsOf({ table: "secret" }, other))[0]!, /^read-only-table: /);
        const hidden = await look({ table: "hidden" }, other);
        assert.deepEqual(hidden.findings.map(({ code }) => code), ["background/row-security"]);
      } finally {
        await other.close();
        await session.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });

    test("what will be slow, or have effects elsewhere, is said beforehand", LIMIT, async () => {
      await session.query(`
        CREATE UNLOGGED TABLE busy (id int PRIMARY KEY, a int, b int) WITH (fillfactor = 80);
        CREATE INDEX busy_a ON busy ((a + 1));
        CREATE TABLE loud (id int PRIMARY KEY, a int);
        CREATE TABLE dependent (id int REFERENCES loud ON DELETE CASCADE);
        CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER shouting BEFORE UPDATE ON loud FOR EACH ROW EXECUTE FUNCTION shout();
        CREATE TRIGGER silent BEFORE INSERT ON loud FOR EACH ROW EXECUTE FUNCTION shout();
        ALTER TABLE loud REPLICA IDENTITY FULL;
        CREATE TABLE nameless (id int NOT NULL);
        CREATE INDEX ON nameless (id);
        CREATE PUBLICATION changes FOR TABLE loud, nameless;
      `);
      const busy = await warningsOf({ table: "busy", sql: [sql("UPDATE busy b SET a = 2")] });
      assert.equal(busy.length, 2);
      assert.match(busy[0]!, /^indexed-columns: .*busy_a/);
      assert.match(busy[1]!, /^unlogged: /);
      const loud = await warningsOf({ table: "loud" });
      assert.match(loud[0]!, /^replica-identity-full: /);
      assert.match(loud[1]!, /^triggers: .*: shouting\./);
      assert.match(
        loud[2]!,
        /^referenced: .*dependent_id_fkey on public\.dependent ON DELETE CASCADE/,
      );
      assert.equal(loud.length, 3);
      const nameless = await warningsOf({ table: "nameless", key: ["id"] });
      assert.match(nameless[1]!, /^no-replica-identity: /);
    });

    test("the estimate follows the size, and is none where nothing is known", LIMIT, async () => {
      await session.query(
        "CREATE TABLE counted (id int PRIMARY KEY) WITH (autovacuum_enabled = off)",
      );
      const estimate = async () => (await look({ table: "counted" })).scanPlan?.estimate;
      assert.equal(await estimate(), 0);
      await session.query("INSERT INTO counted SELECT generate_series(1, 10000)");
      assert.equal(await estimate(), undefined);
      await session.query("ANALYZE counted");
      assert.equal(await estimate(), 10_000);
      await session.query("INSERT INTO counted SELECT generate_series(10001, 20000)");
      const grown = (await estimate())!;
      assert.ok(grown > 19_000 && grown < 21_000, `${grown}`);
    });

    test(
      "partitions that came and went, and tables that were rewritten, are noticed",
      LIMIT,
      async () => {
        await session.query(`
        CREATE TABLE months (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE months_1 PARTITION OF months FOR VALUES FROM (0) TO (10);
        CREATE TABLE months_2 PARTITION OF months FOR VALUES FROM (10) TO (20);
        INSERT INTO months VALUES (1)`);
        const at = async (strategy: "primary-key" | "ctid") =>
          (await look({ table: "months", strategy })).scanPlan!;
        const [byKey, byPlace] = [await at("primary-key"), await at("ctid")];
        await session.query("DROP TABLE months_2");
        await session.query("VACUUM FULL months_1");
        await session.query(
          "CREATE TABLE months_3 PARTITION OF months FOR VALUES FROM (20) TO (30)",
        );
        const names = (segments: readonly { relation: string }[]) =>
          segments.map(({ relation }) => relation);
        const change = compareScanPlans(byPlace, await at("ctid"));
        assert.deepEqual(names(change.added), ["public.months_3"]);
        assert.deepEqual(names(change.lost), ["public.months_2"]);
        assert.deepEqual(names(change.rewritten), ["public.months_1"]);
        assert.deepEqual(compareScanPlans(byKey, await at("primary-key")).rewritten, []);
      },
    );
  });
}
