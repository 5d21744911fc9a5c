/**
 * Reads what unfinished attempts left in a database. Changes nothing.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type {
  ConcurrentIndex,
  Definition,
  Script,
  Statement,
} from "../../definition/migration/definition.ts";
import type { Graph } from "../../graph/graph.ts";
import type { HistoryName } from "../../history/history_name.ts";
import {
  type IncompleteAttempt,
  type IncompleteRun,
  readIncompleteAttempts,
} from "../../history/incomplete_attempts.ts";
import { diagnose, type Diagnosis, type FoundIndex } from "../../plan/diagnosis.ts";
import { isSelfRepairing } from "../../plan/plan.ts";
import { readStoredDefinitions } from "../../source/stored_definitions.ts";
import { quoteLiteral, quoteQualified } from "../../sql/identifier.ts";
import { parseStatements, type SqlStatement } from "../../sql/script_statements.ts";
import { sessionEffect } from "../../sql/session_change.ts";

/** Which attempts to inspect. */
export interface AttemptsInspection {
  readonly history: HistoryName;
  readonly graph: Graph<Definition>;
  /** Only this version. */
  readonly version?: bigint | undefined;
  /** The caller holds the migration lock. */
  readonly holdsLock: boolean;
}

/** The result of an inspection. */
export interface InspectionResult {
  readonly diagnoses: readonly Diagnosis[];
  readonly run: IncompleteRun | undefined;
}

/**
 * Diagnoses each attempt that did not end.
 *
 * @throws {Failure} `history/not-readable`; `history/untrusted`, `history/damaged` where only the
 * database has the script.
 */
export async function inspectAttempts(
  session: Session,
  inspection: AttemptsInspection,
): Promise<InspectionResult> {
  const { history, graph, version, holdsLock } = inspection;
  const { attempts, run } = await readIncompleteAttempts(session, history, { holdsLock });
  const wanted = attempts.filter((one) => version === undefined || one.version === version);
  const unknown = wanted.map((one) => one.version).filter((one) => graph.get(one) === undefined);
  const storedDefinitions = unknown.length === 0
    ? []
    : await readStoredDefinitions(session, history, unknown);
  const diagnoses: Diagnosis[] = [];
  for (const attempt of wanted) {
    const definition = graph.get(attempt.version) ??
      storedDefinitions.find((one) => one.version === attempt.version);
    const script = definition?.[attempt.direction];
    diagnoses.push(diagnose(attempt, {
      definition,
      index: script && await indexOf(session, script),
      sessionLostAt: script && await sessionLostAt(script, attempt),
    }));
  }
  // A run is omitted if an attempt already has its backend, or if only one version was asked for.
  const isInAttempt = attempts.some(({ backend }) => backend && backend.pid === run?.backend?.pid);
  return { diagnoses, run: isInAttempt || version !== undefined ? undefined : run };
}

/** The statements before index `until` that only change session settings. */
export async function sessionSettingsBefore(
  script: Script,
  until: number,
): Promise<readonly Statement[]> {
  const parsed = await parsedBefore(script, until);
  const settings = new Set(
    parsed.filter(({ node }) => sessionEffect(node) === "settings").map(({ start }) => start),
  );
  return script.statements.filter(({ start }) => settings.has(start));
}

/** The 1-based number of the first completed statement whose session state cannot be restored. */
export async function sessionLostAt(
  script: Script,
  { statementsDone }: Pick<IncompleteAttempt, "statementsDone">,
): Promise<number | undefined> {
  const parsed = await parsedBefore(script, statementsDone);
  const index = parsed.findIndex(({ node }) => sessionEffect(node) === "more");
  return index === -1 ? undefined : index + 1;
}

/** The parsed statements before index `until`, without a BEGIN that wraps the file. */
async function parsedBefore(script: Script, until: number): Promise<readonly SqlStatement[]> {
  const before = new Set(script.statements.slice(0, until).map(({ start }) => start));
  if (before.size === 0) return [];
  return (await parseStatements(await script.read())).filter(({ start }) => before.has(start));
}

/** The state of the index that a script builds or drops, if the script does nothing else. */
async function indexOf(session: Session, script: Script): Promise<FoundIndex | undefined> {
  const [statement] = script.statements;
  if (statement === undefined || !isSelfRepairing(script)) return undefined;
  if (statement.concurrentIndex !== undefined) return await builtIndex(session, statement);
  const { resumable } = statement;
  if (resumable?.kind !== "drop-index") return undefined;
  const [index, ...others] = resumable.indexes;
  if (index === undefined || others.length > 0) return undefined;
  return await indexState(
    session,
    `pg_catalog.to_regclass(${quoteLiteral(quoteQualified(index))})`,
  );
}

async function builtIndex(
  session: Session,
  { concurrentIndex }: Statement,
): Promise<FoundIndex | undefined> {
  const { name, schema, table } = concurrentIndex as ConcurrentIndex;
  if (name === undefined) return undefined;
  const qualified = quoteQualified({ schema, name: table });
  return await indexState(
    session,
    `(SELECT c.oid FROM pg_catalog.pg_class AS t
      JOIN pg_catalog.pg_class AS c ON c.relnamespace OPERATOR(pg_catalog.=) t.relnamespace
      WHERE t.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${quoteLiteral(qualified)})
        AND c.relname OPERATOR(pg_catalog.=) ${quoteLiteral(name)})`,
  );
}

/**
 * The state of the relation that an SQL expression selects by oid. Names are resolved by the role's
 * search_path, as in the migration's session.
 */
async function indexState(session: Session, oid: string): Promise<FoundIndex> {
  const { rows: [row] } = await session.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, i.indisvalid AS valid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
    WHERE c.oid OPERATOR(pg_catalog.=) ${oid}`,
  );
  if (row === undefined) return { state: "absent", name: "" };
  const { name, valid } = row;
  const state = valid === null ? "not an index" : valid === "t" ? "valid" : "invalid";
  return { state, name: name ?? "" };
}
