import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { finalize } from "../../../src/background/crew/finalize.ts";
import { workerOptions } from "../../../src/background/crew/worker_pool.ts";
import { crewOf, declared, newScene, queue, template } from "../../support/background.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

const ROWS = 6_000;
const WRITERS = 3;

const TABLE = `CREATE TABLE routes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source bigint NOT NULL, target bigint);
  INSERT INTO routes (source) SELECT i FROM generate_series(1, ${ROWS}) AS i;
  ANALYZE routes`;

/** What comes from now on is right; what is there already is for the batches. */
const DUAL_WRITE = `CREATE FUNCTION write_both() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.target := -NEW.source; RETURN NEW; END $$;
  CREATE TRIGGER write_both BEFORE INSERT OR UPDATE OF source ON routes
    FOR EACH ROW EXECUTE FUNCTION write_both();
  ALTER TABLE routes ADD CONSTRAINT moved CHECK (target IS NOT NULL) NOT VALID`;

for (const major of majors) {
  describe(`writers while rows are moved, on PostgreSQL ${major}`, () => {
    test(
      "nothing remains at the end, by the query and by the constraint",
      { timeout: 60_000 },
      async () => {
        const { connector, session, sql } = await newScene(await sharedCluster(major), 1);
        await sql(TABLE);
        let isOver = false;
        const written = { begun: 0, total: 0 };
        const write = async () => {
          const writer = await connector.open({ applicationName: "product" });
          while (!isOver) {
            const some = () => Math.ceil(Math.random() * ROWS);
            await writer.query(
              `INSERT INTO routes (source) SELECT i FROM generate_series(1, 5) AS i;
            UPDATE routes SET source = source + 1 WHERE id IN (${some()}, ${some()});
            DELETE FROM routes WHERE id = ${some()}`,
            );
            written.total++;
          }
          await writer.close();
        };
        const writing = Promise.all(Array.from({ length: WRITERS }, write));
        writing.catch(() => {});
        await sql(DUAL_WRITE);
        written.begun = written.total;
        const body =
          "UPDATE routes r SET target = -r.source WHERE batch(r) AND target IS DISTINCT FROM -source";
        await queue(
          session,
          declared({
            table: "routes",
            sql: [template(body)],
            batchSize: 2_000,
            subBatchSize: 100,
            maxSubBatchSize: 100,
            pauseMs: 2,
            remaining: template("SELECT FROM routes WHERE target IS NULL"),
            constraint: "moved",
          }),
        );
        const snapshot = await finalize({
          ...workerOptions(crewOf(connector), 1),
          which: { name: "test" },
          mode: "run",
          deadline: undefined,
          workers: 2,
        }).finally(() => isOver = true);
        await writing;
        assert.equal(snapshot.status, "finalized");
        assert.ok(written.total > written.begun, "nobody wrote meanwhile");
        const [proof] = await sql(
          "SELECT convalidated, (SELECT count(*) FROM routes WHERE target IS DISTINCT FROM -source) " +
            "AS wrong FROM pg_constraint WHERE conname = 'moved'",
        );
        assert.deepEqual(proof, { convalidated: "t", wrong: "0" });
        await session.close();
      },
    );
  });
}
