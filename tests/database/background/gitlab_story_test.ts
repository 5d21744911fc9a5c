/**
 * The story that GitLab tells of its batched background migrations, from the first migration to the
 * last: the routes of groups get `namespace_id` in the place of `source_id`.
 */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { planDown } from "../../../src/plan/down.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { failureOf, newProduct, type Written } from "../../support/harness.ts";

const ROUTES = 3_000;

/** The application before all this. A route whose group is gone has been there for years. */
const BEFORE: Written = {
  up: `CREATE TABLE namespaces (id bigint PRIMARY KEY);
    CREATE TABLE routes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      source_type text NOT NULL, source_id bigint NOT NULL, path text NOT NULL);
    INSERT INTO namespaces SELECT i FROM generate_series(1, ${ROUTES}) AS i;
    INSERT INTO routes (source_type, source_id, path)
      SELECT CASE i % 3 WHEN 0 THEN 'Project' ELSE 'Namespace' END,
        CASE i WHEN 700 THEN 999999 ELSE i END, 'group-' || i
      FROM generate_series(1, ${ROUTES}) AS i`,
  down: "DROP TABLE routes, namespaces",
};

const TRIGGER: Written = {
  up: `ALTER TABLE routes ADD COLUMN namespace_id bigint;
    ALTER TABLE routes ADD CONSTRAINT routes_namespace_fkey
      FOREIGN KEY (namespace_id) REFERENCES namespaces ON DELETE CASCADE NOT VALID;
    ALTER TABLE routes ADD CONSTRAINT routes_namespace_present
      CHECK (source_type <> 'Namespace' OR namespace_id IS NOT NULL) NOT VALID;
    CREATE FUNCTION set_namespace() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.source_type = 'Namespace' THEN NEW.namespace_id := NEW.source_id; END IF;
      RETURN NEW;
    END $$;
    CREATE TRIGGER set_namespace BEFORE INSERT OR UPDATE OF source_id, source_type ON routes
      FOR EACH ROW EXECUTE FUNCTION set_namespace()`,
  down: `DROP TRIGGER set_namespace ON routes; DROP FUNCTION set_namespace();
    ALTER TABLE routes DROP CONSTRAINT routes_namespace_present, DROP COLUMN namespace_id`,
};

const JOB = "backfill_namespace_id_for_namespace_route";

const QUEUE: Written = {
  up: "",
  down: "",
  yaml: `queues: [${JOB}]`,
  background: {
    [JOB]: `table: routes
filter: source_type = argument('kind')
arguments: { kind: Namespace }
batchSize: 1000
subBatchSize: 200
pause: 0s
sql: |
  UPDATE routes r SET namespace_id = r.source_id
  WHERE batch(r) AND r.source_type = argument('kind') AND r.namespace_id IS NULL
remaining: SELECT 1 FROM routes WHERE source_type = argument('kind') AND namespace_id IS NULL LIMIT 1
constraint: routes_namespace_present
`,
  },
};

const FINALIZE: Written = {
  up: "ALTER TABLE routes VALIDATE CONSTRAINT routes_namespace_fkey",
  down: "SELECT 1",
  yaml: `finalizes: [${JOB}]`,
};

const CLEAN_UP: Written = {
  up: `DROP TRIGGER set_namespace ON routes; DROP FUNCTION set_namespace();
    ALTER TABLE routes DROP COLUMN source_id`,
  yaml: "irreversible: the old numbers are gone",
};

/** As GitLab's manual tells administrators to look for failures. */
const FAILURES = `SET search_path = migrator;
  SELECT transition_logs.exception_class, transition_logs.exception_message
  FROM batched_background_migrations AS migration
  INNER JOIN batched_background_migration_jobs AS job
    ON migration.id = job.batched_background_migration_id
  INNER JOIN batched_background_migration_job_transition_logs AS transition_logs
    ON job.id = transition_logs.batched_background_migration_job_id
  WHERE transition_logs.next_status = '2' AND migration.job_class_name = '${JOB}'
  ORDER BY transition_logs.id DESC LIMIT 1`;

for (const major of majors) {
  describe(`GitLab's story, on PostgreSQL ${major}`, () => {
    test(
      "routes.source_id becomes namespace_id, with a failure on the way",
      { timeout: 60_000 },
      async () => {
        const story = [BEFORE, TRIGGER, QUEUE, FINALIZE, CLEAN_UP];
        const product = await newProduct(await sharedCluster(major), story);
        const failure = await failureOf(product.run({ finalize: "run" }));
        assert.equal(failure.code, "background/failed");
        assert.deepEqual(await product.attempts(), ["1 up t", "2 up t", "3 up t"]);

        const [found] = await product.sql(FAILURES);
        assert.equal(found!["exception_class"], "ForeignKeyViolation");
        assert.match(String(found!["exception_message"]), /\(namespace_id\)=\(999999\)/);

        // Old code goes on meanwhile; then the orphan is seen to.
        await product.sql(
          "INSERT INTO namespaces VALUES (4000); " +
            "INSERT INTO routes (source_type, source_id, path) VALUES ('Namespace', 4000, 'new'); " +
            "DELETE FROM routes WHERE source_id = 999999",
        );
        const { done } = await product.run({ finalize: "run" });
        assert.deepEqual(done.map(({ version }) => version), [4n, 5n]);
        assert.deepEqual(
          await product.sql(
            `SELECT source_type AS type, count(*)::int, count(namespace_id)::int AS moved,
            count(*) FILTER (WHERE path = 'group-' || namespace_id)::int AS rightly
          FROM routes WHERE path <> 'new' GROUP BY 1 ORDER BY 1`,
          ),
          [
            { type: "Namespace", count: 1_999, moved: 1_999, rightly: 1_999 },
            { type: "Project", count: 1_000, moved: 0, rightly: 0 },
          ],
        );
        assert.deepEqual(
          await product.sql(
            `SELECT m.status, c.convalidated, (SELECT count(*)::int FROM pg_attribute
            WHERE attrelid = 'routes'::regclass AND attname = 'source_id') AS old
          FROM migrator.batched_background_migrations AS m, pg_constraint AS c
          WHERE c.conname = 'routes_namespace_present'`,
          ),
          [{ status: 6, convalidated: true, old: 0 }],
        );
        const back = await failureOf(product.run({
          plan: (input) => planDown(input, { kind: "targets", versions: [3n] }),
        }));
        assert.equal(back.code, "plan/irreversible");
      },
    );
  });
}
