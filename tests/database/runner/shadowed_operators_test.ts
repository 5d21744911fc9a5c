import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { majors, sharedCluster } from "../../support/cluster.ts";
import { runMigrator } from "../../support/command.ts";
import { concurrently, newProduct } from "../../support/harness.ts";

const LIMIT = { timeout: 120_000 };

/** Types that queries of the catalog compare, and one pair for which PostgreSQL has only a cast. */
const TYPES = ["text", "name", "oid", "bigint", "integer", "boolean", "timestamptz", `"char"`];
const PAIRS = [...TYPES.map((type) => [type, type]), ["oid", "regclass"], ["name", "text"]];

/** Operators that run their owner's code as whoever compares with them. */
const SHADOWS = `CREATE SCHEMA thief;
  ${
  PAIRS.map(([left, right]) =>
    `CREATE FUNCTION thief.steal(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'ran as %', CURRENT_USER; END $$;
    ${
      ["=", "<>", "<=", ">="].map((operator) =>
        `CREATE OPERATOR thief.${operator}
          (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = thief.steal);`
      ).join("\n")
    }`
  ).join("\n")
}`;

for (const major of majors) {
  describe(`operators of another role in the search_path, on PostgreSQL ${major}`, () => {
    // With pg_catalog first, an operator that takes exactly these types is preferred to a cast.
    for (const path of ["public, thief, pg_catalog", "pg_catalog, thief, public"]) {
      test(`compare nothing for concurrent statements: ${path}`, LIMIT, async () => {
        const server = await sharedCluster(major);
        const product = await newProduct(server, [
          { up: "CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1), (1)" },
          concurrently("CREATE INDEX CONCURRENTLY i ON public.t (a)"),
          { up: "REINDEX INDEX CONCURRENTLY public.i" },
          { up: "DROP INDEX CONCURRENTLY public.i" },
          concurrently("CREATE UNIQUE INDEX CONCURRENTLY u ON public.t (a)"),
        ]);
        await product.sql(
          `${SHADOWS} ALTER DATABASE ${product.postgres} SET search_path = ${path}`,
        );
        const args = ["--json", ...product.args];
        const failed = await runMigrator(["up", ...args]);
        assert.equal(failed.status, 7, failed.stdout);
        assert.match(failed.stdout, /could not create unique index/);
        const repaired = await runMigrator(["repair", ...args]);
        await server.sql(
          product.postgres,
          "DELETE FROM public.t WHERE ctid OPERATOR(pg_catalog.=) (SELECT min(ctid) FROM public.t)",
        );
        const last = await runMigrator(["up", ...args]);
        assert.equal(last.status, 0, last.stdout);
        const said = [failed, repaired, last].map(({ stdout, stderr }) => stdout + stderr).join();
        assert.doesNotMatch(said, /ran as/);
      });
    }
  });
}
