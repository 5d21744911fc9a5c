/**
 * Makes CREATE INDEX CONCURRENTLY safe to repeat.
 *
 * An interrupted build leaves an invalid index, and a later `IF NOT EXISTS` silently succeeds over it.
 * So the index is checked before and after the build. A valid index with the same definition counts as
 * done; an invalid one is dropped and built again; one that another session builds is waited for; a
 * different one of the same name is an error.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { ConcurrentIndex, Statement } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { Step } from "../../plan/plan.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import type { IndexEvent } from "../context/event.ts";
import { indexProgressQuery } from "../context/index_progress.ts";
import { relationQuery, tableName, unnamedQuery, wantedIndex } from "./concurrent_index_sql.ts";
import { reportIndexProgress } from "../observe/report_index_progress.ts";
import { labelOf, raceWithLock, type RunContext } from "../context/run_context.ts";

/** Milliseconds between two checks of an index that another session is building. */
const POLL = 1_000;

/** One concurrent build. The offsets of `statement` and `index` count in `text`. */
export interface ConcurrentBuild {
  readonly step: Step;
  readonly text: string;
  readonly statement: Statement;
  readonly index: ConcurrentIndex & { readonly name: string };
}

interface FoundRelation {
  /** False when the name belongs to a table, view or sequence. */
  readonly isIndex: boolean;
  readonly valid: boolean;
  /** Whether it is an index of the table that the migration names. */
  readonly onItsTable: boolean;
  readonly qualifiedName: string;
  readonly definition: string;
  /** The pid of the backend that is building it; null where none is visible to the role. */
  readonly builder: string | null;
}

/**
 * Prepares a build: waits for another session's build, and drops an invalid index of the same name.
 *
 * `IF NOT EXISTS` builds nothing if the name is taken, even by a table. The author asked for that, so it
 * counts as done and is reported.
 *
 * @returns True when no build is needed: a valid index with the wanted definition exists, or
 * `IF NOT EXISTS` finds the name taken.
 * @throws {Failure} `sql/index-differs`.
 */
export async function prepareBuild(context: RunContext, build: ConcurrentBuild): Promise<boolean> {
  const found = await waitForOtherBuild(context, build);
  if (found === undefined) return false;
  if (!found.isIndex) {
    if (!build.index.ifNotExists) return false;
    report(context, build, "name-taken");
    return true;
  }
  if (!found.onItsTable) throw differs(build, found, "it belongs to another table");
  if (!found.valid) {
    report(context, build, "dropping-invalid");
    await raceWithLock(
      context,
      context.work.query(`DROP INDEX CONCURRENTLY IF EXISTS ${found.qualifiedName}`),
    );
    return false;
  }
  const wanted = await readWanted(context, build);
  if ("error" in wanted) throw differs(build, found, `it cannot be compared: ${wanted.error}`);
  if (afterUsing(found.definition) !== afterUsing(wanted.definition)) {
    throw differs(build, found, `the migration wants ${afterUsing(wanted.definition)}`);
  }
  report(context, build, "already-valid");
  return true;
}

/**
 * Finds the index that an interrupted build without a name has left: an index on the same table, with
 * the same definition and a name that the server would choose.
 *
 * @returns Its name; undefined if there is none.
 */
export async function findUnnamedIndex(
  context: RunContext,
  build: Omit<ConcurrentBuild, "index"> & { readonly index: ConcurrentIndex },
): Promise<string | undefined> {
  const wanted = await readWanted(context, build);
  if ("error" in wanted) return undefined;
  const { rows } = await raceWithLock(
    context,
    context.work.query(
      unnamedQuery(build.index, quoteLiteral(wanted.name)),
    ),
  );
  const match = rows.find(({ definition }) =>
    afterUsing(definition ?? "") === afterUsing(wanted.definition)
  );
  return match?.["name"] ?? undefined;
}

/**
 * Checks after a build that the index is valid: with IF NOT EXISTS the server also succeeds over an
 * invalid one.
 *
 * @throws {Failure} `sql/index-invalid`.
 */
export async function assertValidIndex(context: RunContext, build: ConcurrentBuild): Promise<void> {
  const found = await findRelation(context, build);
  if (found?.valid) return;
  throw new Failure(
    "sql/index-invalid",
    `The concurrent build of index "${build.index.name}" ended without a valid index.`,
    { hint: "Run the same command again: it drops the invalid index and builds it anew." },
  );
}

async function waitForOtherBuild(
  context: RunContext,
  build: ConcurrentBuild,
): Promise<FoundRelation | undefined> {
  const { clock, work } = context;
  const began = clock.elapsed();
  for (let isReported = false;; isReported = true) {
    const found = await findRelation(context, build);
    if (!found?.isIndex || found.valid || found.builder === null) return found;
    if (!isReported) report(context, build, "built-by-another-session");
    const query = indexProgressQuery({ pid: Number(found.builder) });
    const [row] = await raceWithLock(context, catalogRead(work, query));
    if (row) reportIndexProgress(context, build.step, { build: row, began });
    await raceWithLock(context, clock.sleep(POLL, context.signal));
  }
}

async function findRelation(
  context: RunContext,
  { index }: ConcurrentBuild,
): Promise<FoundRelation | undefined> {
  const { rows: [row] } = await raceWithLock(
    context,
    context.work.query(relationQuery(index)),
  );
  if (row === undefined) return undefined;
  return {
    isIndex: row["is_index"] === "t",
    valid: row["valid"] === "t",
    onItsTable: row["on_its_table"] === "t",
    qualifiedName: row["qualified_name"] ?? "",
    definition: row["definition"] ?? "",
    builder: row["builder"] ?? null,
  };
}

/**
 * Reads how the server itself would print and name the wanted index. It builds the index on an empty
 * copy of the table, in a transaction that is rolled back, because only the server knows the casts,
 * operator classes and collations. The tablespace is not compared.
 *
 * @returns The definition and the name; or the server's message if it refuses.
 */
async function readWanted(
  context: RunContext,
  { index, text, statement }: Omit<ConcurrentBuild, "index"> & { readonly index: ConcurrentIndex },
): Promise<{ readonly definition: string; readonly name: string } | { readonly error: string }> {
  const tail = text.slice(index.tail, statement.end);
  const { copy, build, query } = wantedIndex(index, tail);
  const result = await raceWithLock(
    context,
    context.work.pipeline([
      `BEGIN;
      ${copy}`,
      build,
      query,
      "ROLLBACK",
    ]),
  );
  if (!result.ok) return { error: result.error.message };
  const row = result.answers[2]?.rows[0];
  return { definition: row?.["definition"] ?? "", name: row?.["name"] ?? "" };
}

/** `CREATE UNIQUE INDEX name ON schema.table USING …` without the names. */
function afterUsing(definition: string): string {
  const unique = definition.startsWith("CREATE UNIQUE ") ? "UNIQUE " : "";
  return unique + definition.slice(definition.indexOf(" USING ") + 1);
}

/**
 * Whether a refused build left no index: none of that name; or, for a build without a name, no invalid
 * index on the table. A build that fails in its later phases leaves an index behind.
 *
 * @throws {Failure} `lock/*`, `connection/lost`, `interrupted/*`.
 */
export async function leftNothing(context: RunContext, index: ConcurrentIndex): Promise<boolean> {
  const isLeftover = index.name === undefined
    ? "NOT i.indisvalid"
    : `c.relname OPERATOR(pg_catalog.=) ${quoteLiteral(index.name)}`;
  const { rows: [row] } = await raceWithLock(
    context,
    context.work.query(
      `SELECT EXISTS (
        SELECT FROM pg_catalog.pg_index AS i
        JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) i.indexrelid
        WHERE i.indrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${
        quoteLiteral(tableName(index))
      }) AND ${isLeftover}
      ) AS left`,
    ),
  );
  return row?.["left"] === "f";
}

function differs({ index, step }: ConcurrentBuild, found: FoundRelation, why: string): Failure {
  return new Failure(
    "sql/index-differs",
    `Cannot build index "${index.name}": an index of that name is there already, and ${why}. ` +
      `Found: ${found.definition}`,
    {
      hint:
        `Give the one that is there another name, then run the same command again: ALTER INDEX ` +
        `${found.qualifiedName} RENAME TO ${quoteIdentifier(`${index.name.slice(0, 50)}_before`)}`,
      place: { file: step.script.path },
    },
  );
}

function report(context: RunContext, { step, index }: ConcurrentBuild, what: IndexEvent): void {
  context.report({
    database: context.history.database,
    type: "index",
    step: labelOf(step),
    index: index.name,
    what,
  });
}
