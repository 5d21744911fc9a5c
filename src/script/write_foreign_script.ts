// Pure.
/**
 * Writes a plan as a file for psql, for a database that another tool migrates: each step is recorded in
 * the table of that tool, and nothing of migrator's is needed or left.
 *
 * @module
 */

import { formatCount } from "../format/count.ts";
import { createHash } from "node:crypto";
import { isSelfRepairing, migrationLabel } from "../plan/plan.ts";
import { quoteLiteral, quoteQualified } from "../sql/identifier.ts";
import type { ForeignStep, ForeignWriter } from "./foreign_writers.ts";
import { HARMLESS, lockLines } from "./guard_lines.ts";
import { indexLines } from "./index_lines.ts";
import { echo, intoVariables, unless, warn, when } from "./psql_text.ts";
import { resumableLines } from "./resumable_lines.ts";
import type { ScriptRequest, ScriptStep } from "./script_request.ts";
import { sessionLines } from "./session_lines.ts";
import { headLines, sentLines, statementLines } from "./statement_lines.ts";
import { stepHead, timeoutLines } from "./step_lines.ts";
import { headerLines } from "./write_script.ts";

/** The history of another tool. */
export interface ForeignTarget {
  /** For messages: `golang-migrate`. */
  readonly title: string;
  readonly table: { readonly schema: string; readonly name: string };
  readonly writer: ForeignWriter;
  /** A table beside it whose rows are locks. */
  readonly lockTable: string | undefined;
  /** The name of the PostgreSQL database: such a table tells no other identity. */
  readonly place: string;
  /** The keys that are applied before the first step, in the order of the migrations. */
  readonly applied: readonly string[];
  /** One for each step of the request. */
  readonly steps: readonly ForeignStep[];
}

/** A script that ends in the history table of another tool. */
export function writeForeignScript(request: ScriptRequest, target: ForeignTarget): string {
  return [
    ...headerLines(request, `in ${nameOf(target)}, as ${target.title} would`),
    "",
    ...sessionLines(request),
    "",
    "-- One at a time: the lock that migrator itself takes. It ends with this session.",
    ...lockLines(request),
    ...foreignLockLines(target),
    "",
    ...stateLines(request, target),
    "",
    ...request.steps.flatMap((one, index) => stepLines(request, { one, index, target })),
    echo(`Done: ${formatCount(request.steps.length, "step")} of "${request.command}".`),
    ...unlockLines(request, target),
    "",
  ].join("\n");
}

function nameOf({ table }: ForeignTarget): string {
  return quoteQualified(table);
}

/** The tool's own lock; it ends with the session, as ours does. */
function foreignLockLines({ writer, table, place, title }: ForeignTarget): readonly string[] {
  if (writer.lockKey === undefined) return [];
  const key = writer.lockKey({ database: place, ...table });
  return [
    `-- The lock of ${title}.`,
    intoVariables(`SELECT pg_catalog.pg_try_advisory_lock(${key}) AS is_locked`),
    ...unless("is_locked", [
      ...warn(`Refused: ${title} migrates this database now. Run the file again after that.`),
      ":migrator_stop",
    ]),
  ];
}

function unlockLines({ lockKey }: ScriptRequest, { writer, table, place }: ForeignTarget) {
  const own = writer.lockKey?.({ database: place, ...table });
  const unlock = [lockKey, ...(own === undefined ? [] : [own])]
    .map((key, index) => `pg_catalog.pg_advisory_unlock(${key}) AS unlocked_${index}`);
  return [intoVariables(`SELECT ${unlock.join(", ")}`)];
}

/** Which of the states is it that the script leads through? */
function stateLines(request: ScriptRequest, target: ForeignTarget): readonly string[] {
  const { title, writer, place, steps, applied } = target;
  const states = [
    [0, writer.stateOf(applied)] as const,
    ...steps.flatMap((step, index) => [
      [index + 1, writer.stateOf(step.applied)] as const,
      // A step that was cut off is run again.
      ...(isMarked(request, index) && writer.mark
        ? [[index, writer.mark(nameOf(target), step).state] as const]
        : []),
    ]),
  ];
  const rows = states.map(([done, state]) => `(${done}, ${quoteLiteral(fingerprint(state))})`);
  return [
    "-- Is this the database, and does its history say what this script was made for?",
    "BEGIN;",
    "SET LOCAL search_path = pg_catalog, pg_temp;",
    intoVariables(`SELECT current_database() = ${quoteLiteral(place)}
    AND to_regclass(${quoteLiteral(nameOf(target))}) IS NOT NULL AS is_there,
  ${HARMLESS("current_database()::text")} AS place`),
    ...unless("is_there", [
      ...warn(
        `Refused: this is not the PostgreSQL database "${place}" with the table ${
          nameOf(target)
        } of ` +
          `${title}. It is:`,
        ":migrator_place",
      ),
      ":migrator_stop",
    ]),
    intoVariables(`SELECT coalesce(max(known.done), -1) AS done, count(*) = 0 AS differs,
  coalesce(max(known.done) = ${steps.length}, false) AS is_done,
  ${
      HARMLESS("right((SELECT state FROM (" + writer.stateQuery(nameOf(target)) + ") AS now), 200)")
    } AS state
FROM (VALUES ${rows.join(",\n  ")}) AS known (done, state)
WHERE known.state = (
  SELECT encode(sha256(convert_to(state, 'UTF8')), 'hex')
  FROM (
${writer.stateQuery(nameOf(target))}
  ) AS now
)`),
    ...when("differs", [
      ...warn(
        `Refused: ${nameOf(target)} is not in the state that this script was made for. It says:`,
        ":migrator_state",
        "Make a new script for the state that it is in.",
      ),
      ":migrator_stop",
    ]),
    ...lockRowLines(target),
    ...(writer.prepare ? [intoVariables(writer.prepare(nameOf(target)))] : []),
    "COMMIT;",
    "",
    ...when("is_done", [
      echo("Nothing to do: every step of this script is done already."),
      ...unlockLines(request, target),
      "\\quit",
    ]),
  ];
}

/** A row there says that a program of the tool's runs, or was killed. */
function lockRowLines({ table: { schema }, lockTable, title }: ForeignTarget): readonly string[] {
  if (lockTable === undefined) return [];
  const name = quoteQualified({ schema, name: lockTable });
  return [
    intoVariables(`SELECT to_regclass(${quoteLiteral(name)}) IS NOT NULL AS has_locks`),
    ...when("has_locks", [
      intoVariables(`SELECT count(*) > 0 AS is_held FROM ${name}`),
      ...when("is_held", [
        ...warn(`Refused: ${name} has a row. ${title} migrates this database now, or was killed.`),
        ":migrator_stop",
      ]),
    ]),
  ];
}

function isMarked({ steps }: ScriptRequest, index: number): boolean {
  return steps[index]!.step.script.transaction === "none";
}

/** A history may have a thousand keys; its hash is compared. */
function fingerprint(state: string): string {
  return createHash("sha256").update(state).digest("hex");
}

interface Place {
  readonly one: ScriptStep;
  readonly index: number;
  readonly target: ForeignTarget;
}

function stepLines(request: ScriptRequest, place: Place): readonly string[] {
  const { one: { step }, index } = place;
  const of = request.steps.length;
  return [
    ...stepHead(request, { one: place.one, index }),
    intoVariables(`SELECT :migrator_done OPERATOR(pg_catalog.<=) ${index} AS is_todo`),
    ...when("is_todo", [
      echo(`[${index + 1}/${of}] ${step.direction} ${migrationLabel(step.definition)}`),
      ...(isMarked(request, index) ? outsideLines(request, place) : insideLines(request, place)),
      ":migrator_reset",
    ]),
    "",
  ];
}

/** Locks their table against other writers to the end of the transaction. */
function lockTable(target: ForeignTarget): string {
  return `LOCK TABLE ${nameOf(target)} IN SHARE ROW EXCLUSIVE MODE;`;
}

function insideLines(request: ScriptRequest, { one, index, target }: Place): readonly string[] {
  return [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE;",
    ...timeoutLines(request, one.step),
    lockTable(target),
    ...one.step.script.statements.flatMap((_, at) => statementLines(one, at)),
    "",
    "-- recorded in the same transaction",
    ...recorded(target.writer.record(nameOf(target), target.steps[index]!)),
  ];
}

/** One statement that may be run again; what an interruption left is looked at first. */
function outsideLines(_: ScriptRequest, { one, index, target }: Place): readonly string[] {
  const step = target.steps[index]!;
  const [statement] = one.step.script.statements;
  if (statement === undefined || !isSelfRepairing(one.step.script)) {
    throw new Error("only a statement that repairs itself can be recorded without a count");
  }
  const sql = sentLines(one, 0);
  const mark = target.writer.mark?.(nameOf(target), step);
  const begin = ["BEGIN;", lockTable(target)];
  return [
    ...(mark === undefined ? [] : [...begin, ...recorded(mark.statements)]),
    "SET lock_timeout = 0;",
    "\\set migrator_is_again true",
    ...headLines(one, 0),
    ...(statement.concurrentIndex
      ? indexLines({ index: statement.concurrentIndex, statement, text: one.text, sql })
      : resumableLines(statement.resumable!, sql)),
    "",
    ...begin,
    ...recorded(target.writer.record(nameOf(target), step)),
  ];
}

function recorded(statements: readonly string[]): readonly string[] {
  return [":migrator_own", ...statements.map((statement) => `${statement};`), "COMMIT;"];
}
