// Pure.
/**
 * Turns an error of the server into a failure with its place in the files.
 *
 * @module
 */

import type { ServerError } from "../../connection/session/session.ts";
import type { Script, Statement } from "../../definition/migration/definition.ts";
import { Failure, formatPlace, type Place } from "../../failure.ts";
import type { StoredError } from "../../history/history.ts";
import { isSelfRepairing, migrationLabel, type Step } from "../../plan/plan.ts";
import { isPrivileged } from "../../plan/privileged.ts";
import { INSUFFICIENT_PRIVILEGE, missingPrivilege } from "./missing_right.ts";

/** 1-based line and column, counted in characters as editors do, of an offset in UTF-16 units. */
export function statementPlace(
  script: Script,
  at: { readonly text: string; readonly offset: number },
): Place {
  const before = at.text.slice(0, at.offset);
  const line = before.split("\n").length;
  const column = [...before.slice(before.lastIndexOf("\n") + 1)].length + 1;
  return { file: script.path, line, column };
}

/**
 * Where an error stands. PostgreSQL counts characters of the message, which is one statement; many
 * errors, such as a division by zero, carry no position: then the statement's start is the place.
 */
export function errorPlace(
  script: Script,
  at: { readonly text: string; readonly statement: Statement; readonly error: ServerError },
): Place {
  const { text, statement, error } = at;
  const sent = text.slice(statement.start, statement.end);
  const characters = error.position === undefined ? [] : [...sent].slice(0, error.position - 1);
  return statementPlace(script, { text, offset: statement.start + characters.join("").length });
}

/** invalid_transaction_termination: a procedure commits, which it may not do inside a transaction. */
const ENDS_TRANSACTION = "2D000";

/** unsafe_new_enum_value_usage: a value that the same transaction has added. */
const NEW_ENUM_VALUE = "55P04";

/** Whether the server leaves nothing of it behind when it refuses it. */
export function isAtomic({ outside, mayCommit }: Statement): boolean {
  return !mayCommit && !outside?.includes("CONCURRENTLY");
}

function hintFor(
  step: Step,
  at: {
    readonly index: number;
    readonly error: ServerError;
    readonly database: string;
    readonly role: string;
  },
): string {
  const again = whatStands(step, at);
  if (at.error.sqlstate !== INSUFFICIENT_PRIVILEGE) return again;
  const right = missingPrivilege(at.error, at.role);
  if (!isPrivileged(step)) return `${right}. ${again}`;
  return "It is privileged: run migrator up as a role that may, such as a superuser or the owner of " +
    "what it changes. Or have an administrator run its SQL, which migrator up --noop-privileged " +
    `prints and then records. With --unprivileged-only up stops before such ones. ${again}`;
}

function whatStands(
  { definition, script }: Step,
  at: { readonly index: number; readonly error: ServerError; readonly database: string },
): string {
  if (at.error.sqlstate === ENDS_TRANSACTION) {
    return "It calls a procedure that commits. Let it run outside a transaction: write " +
      "`transaction: none` into its metadata.yaml.";
  }
  if (at.error.sqlstate === NEW_ENUM_VALUE && script.transaction === "single") {
    return "It was rolled back as a whole. Give ALTER TYPE … ADD VALUE a migration of its own, " +
      "before the one that uses the value.";
  }
  const again = "Correct the cause and run the same command again";
  if (script.transaction === "single") return `It was rolled back as a whole. ${again}.`;
  if (isSelfRepairing(script)) {
    return `${again}: what this attempt left is recognised, and finished or done anew.`;
  }
  const statement = script.statements[at.index];
  if (at.index === 0 && statement && isAtomic(statement)) {
    return `Nothing of it is in the database. ${again}.`;
  }
  return "It ran outside a transaction: what it did before this stands. " +
    `See: migrator describe ${definition.version} --db ${at.database}`;
}

/** Builds the failure of a step; after the statements come the history row and the COMMIT. */
export function stepFailure(
  step: Step,
  at: {
    readonly text: string;
    readonly index: number;
    readonly error: ServerError;
    readonly database: string;
    /** Who was refused. */
    readonly role: string;
    /** It was the last message: the history row with the COMMIT. */
    readonly isCommit?: boolean;
  },
): { readonly failure: Failure; readonly stored: StoredError } {
  const { text, index, error, database, role } = at;
  const { definition, direction, script } = step;
  const statement = script.statements[index];
  const place = statement ? errorPlace(script, { text, statement, error }) : { file: script.path };
  const where = statement
    ? `statement ${index + 1} of ${script.statements.length}`
    : at.isCommit
    ? "COMMIT"
    : "the settings for its history row";
  const failure = new Failure(
    "sql/statement-failed",
    `Migration ${migrationLabel(definition)} (${direction}) of "${database}" failed at ` +
      `${formatPlace(place)}, ${where}: ${error.message} (SQLSTATE ${error.sqlstate}).` +
      (error.detail ? `\nDetail: ${error.detail}` : "") +
      (error.hint ? `\nServer's hint: ${error.hint}` : "") +
      (error.where ? `\nContext: ${error.where}` : ""),
    {
      place,
      hint: hintFor(step, { index, error, database, role }),
      facts: {
        database,
        version: String(definition.version),
        direction,
        sqlstate: error.sqlstate,
        statement: statement ? index + 1 : null,
      },
    },
  );
  const stored: StoredError = {
    code: failure.code,
    message: error.message,
    sqlstate: error.sqlstate,
    ...(error.detail ? { detail: error.detail } : {}),
    ...(error.hint ? { hint: error.hint } : {}),
    ...(error.where ? { where: error.where } : {}),
    ...(error.schema ? { schemaName: error.schema } : {}),
    ...(error.table ? { tableName: error.table } : {}),
    ...(error.column ? { columnName: error.column } : {}),
    ...(error.constraint ? { constraintName: error.constraint } : {}),
    ...(statement ? { statement: index + 1 } : {}),
    ...place,
  };
  return { failure, stored };
}
