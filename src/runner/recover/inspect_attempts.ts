/**
 * Looks at what unfinished attempts left in a database, and changes nothing.
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

/** What is looked at. */
export interface AttemptsInspection {
  readonly history: HistoryName;
  readonly graph: Graph<Definition>;
  /** Only this version. */
  readonly version?: bigint | undefined;
  /** The caller holds the migration lock. */
  readonly holdsLock: boolean;
}

/** What was found. */
export interface InspectionResult {
  readonly diagnoses: readonly Diagnosis[];
  readonly run: IncompleteRun | undefined;
}

/**
 * Finds out what became of each attempt that did not come to its end.
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
  const kept = unknown.length === 0 ? [] : await readStoredDefinitions(session, history, unknown);
  const diagnoses: Diagnosis[] = [];
  for (const attempt of wanted) {
    const definition = graph.get(attempt.version) ??
      kept.find((one) => one.version === attempt.version);
    const script = definition?.[attempt.direction];
    diagnoses.push(diagnose(attempt, {
      definition,
      index: script && await indexOf(session, script),
      sessionLostAt: script && await sessionLostAt(script, attempt),
    }));
  }
  // What an attempt is busy with is told once; and who asks for one version is not told of others.
  const isTold = attempts.some(({ backend }) => backend && backend.pid === run?.backend?.pid);
  return { diagnoses, run: isTold || version !== undefined ? undefined : run };
}

/** Statements before `until` that only set something in their session. */
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

async function sessionLostAt(
  script: Script,
  { statementsDone }: IncompleteAttempt,
): Promise<number | undefined> {
  const parsed = await parsedBefore(script, statementsDone);
  const index = parsed.findIndex(({ node }) => sessionEffect(node) === "more");
  return index === -1 ? undefined : index + 1;
}

/** Parsed, and without the BEGIN that may wrap the file. */
async function parsedBefore(script: Script, until: number): Promise<readonly SqlStatement[]> {
  const before = new Set(script.statements.slice(0, until).map(({ start }) => start));
  if (before.size === 0) return [];
  return (await parseStatements(await script.read())).filter(({ start }) => before.has(start));
}

/** The index that a script is about, if it is about nothing else. */
async function indexOf(session: Session, script: Script): Promise<FoundIndex | undefined> {
  const [statement] = script.statements;
  if (statement === undefined || !isSelfRepairing(script)) return undefined;
  if (statement.concurrentIndex !== undefined) return await built(session, statement);
  const { resumable } = statement;
  if (resumable?.kind !== "drop-index") return undefined;
  const [index, ...others] = resumable.indexes;
  if (index === undefined || others.length > 0) return undefined;
  return await stateOf(
    session,
    `pg_catalog.to_regclass(${quoteLiteral(quoteQualified(index))})`,
  );
}

async function built(
  session: Session,
  { concurrentIndex }: Statement,
): Promise<FoundIndex | undefined> {
  const { name, schema, table } = concurrentIndex as ConcurrentIndex;
  if (name === undefined) return undefined;
  const qualified = quoteQualified({ schema, name: table });
  return await stateOf(
    session,
    `(SELECT c.oid FROM pg_catalog.pg_class AS t
      JOIN pg_catalog.pg_class AS c ON c.relnamespace = t.relnamespace
      WHERE t.oid = pg_catalog.to_regclass(${quoteLiteral(qualified)})
        AND c.relname = ${quoteLiteral(name)})`,
  );
}

/** Names are looked up as the migration's own session would, by the role's search_path. */
async function stateOf(session: Session, oid: string): Promise<FoundIndex> {
  const { rows: [row] } = await session.query(
    `SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, i.indisvalid AS valid
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid WHERE c.oid = ${oid}`,
  );
  if (row === undefined) return { state: "absent", name: "" };
  const { name, valid } = row;
  const state = valid === null ? "not an index" : valid === "t" ? "valid" : "invalid";
  return { state, name: name ?? "" };
}
