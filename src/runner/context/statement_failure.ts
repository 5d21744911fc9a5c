// Pure.
/**
 * Turns a server error into a failure with its place in the migration's file.
 *
 * @module
 */

import type { ServerError } from "../../connection/session/session.ts";
import type { Script, Statement } from "../../definition/migration/definition.ts";
import { Failure, formatPlace, type Place } from "../../failure.ts";
import type { StoredError } from "../../history/history.ts";
import { scriptParts } from "../../definition/migration/script_parts.ts";
import { isSelfRepairing, migrationLabel, type Step } from "../../plan/plan.ts";
import { isPrivileged } from "../../plan/privileged.ts";
import { UNTRANSLATABLE, untranslatable } from "../../sql/untranslatable.ts";
import { rowSecurityHint } from "./row_security.ts";
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
 * The place of an error. PostgreSQL counts characters from the start of the statement. Many errors, such
 * as division_by_zero, carry no position; then the place is the start of the statement.
 */
export function errorPlace(
  script: Script,
  at: { readonly text: string; readonly statement: Statement; readonly error: ServerError },
): Place {
  const { text, statement, error } = at;
  const sent = text.slice(statement.start, statement.end);
  const foreign = foreignCharacter(error, sent);
  if (foreign) {
    return statementPlace(script, { text, offset: statement.start + sent.indexOf(foreign) });
  }
  const characters = error.position === undefined ? [] : [...sent].slice(0, error.position - 1);
  return statementPlace(script, { text, offset: statement.start + characters.join("").length });
}

/** invalid_transaction_termination: a procedure commits inside a transaction. */
const ENDS_TRANSACTION = "2D000";

/** unsafe_new_enum_value_usage: a statement uses a value that the same transaction has added. */
const NEW_ENUM_VALUE = "55P04";

/** The character that the database's encoding cannot represent, if that is the error. */
function foreignCharacter({ sqlstate, message }: ServerError, sent: string): string | undefined {
  const character = sqlstate === UNTRANSLATABLE ? untranslatable(message) : undefined;
  return character !== undefined && sent.includes(character) ? character : undefined;
}

/** Whether a refused statement has no effect at all. */
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
    readonly statement: string;
  },
): string {
  const state = stateHint(step, at);
  const foreign = foreignCharacter(at.error, at.statement);
  if (foreign !== undefined) {
    const code = foreign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    return `The encoding of this database does not have the character “${foreign}” (U+${code}). ` +
      "Write it with characters that the encoding has, or move the data to a database of the " +
      `encoding UTF8. ${state}`;
  }
  if (at.error.sqlstate !== INSUFFICIENT_PRIVILEGE) return state;
  const right = rowSecurityHint(at.error.message) ?? missingPrivilege(at.error, at);
  if (!isPrivileged(step)) return `${right}. ${state}`;
  return `It is privileged. ${right}. Or have an administrator run its SQL, which ` +
    "migrator up --noop-privileged prints and then records. " +
    `With --unprivileged-only up stops before such ones. ${state}`;
}

function stateHint(
  { definition, script }: Step,
  at: { readonly index: number; readonly error: ServerError; readonly database: string },
): string {
  if (at.error.sqlstate === ENDS_TRANSACTION) {
    const header = "`-- migrator: transaction: none` at the top of its up file";
    const inMetadata = "`transaction: none` in its metadata.yaml";
    // Only directories can have metadata.
    const isDirectory = /\/(up|down)\.sql$/.test(script.path);
    return "It calls a procedure that commits. Let it run outside a transaction: write " +
      `${isDirectory ? `${inMetadata}, or, where it has none, ${header}` : header}.`;
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
  const part = scriptParts(script).find(({ first, end }) => at.index >= first && at.index < end);
  if (part?.first === 0 && (part.transaction || isAtomic(script.statements[0]!))) {
    return `Nothing of it is in the database. ${again}.`;
  }
  const before = part?.transaction ? `its transaction, which was rolled back, ` : "";
  return `It ran outside a transaction: what it did before ${before || "this "}stands. ` +
    `See: migrator describe ${definition.version} --db ${at.database}`;
}

/** Undefined table, schema, column and insufficient privilege, while the history row is written. */
const HISTORY_GONE = new Set(["42P01", "3F000", "42703", "42501"]);

/** Statements that may drop or revoke migrator's tables without naming them. */
const SUSPECT = /^(drop|reassign|revoke|alter)\b/i;

/** The hint when the migration succeeded but its history row could not be written. */
function historyGone({ script }: Step, text: string): string {
  const suspects = script.statements
    .filter(({ start, end }) => SUSPECT.test(text.slice(start, end)))
    .map(({ start, end }) => {
      const { line } = statementPlace(script, { text, offset: start });
      return `line ${line}: ${text.slice(start, end).split("\n")[0]!.slice(0, 60)}`;
    });
  return "The migration has dropped the tables that keep its history, or taken its role the right to " +
    "write them, so it was rolled back as a whole. DROP OWNED and REASSIGN OWNED concern everything of " +
    "a role, these tables as well: name what is to be dropped instead." +
    (suspects.length === 0 ? "" : ` Look at ${suspects.join("; ")}.`);
}

/**
 * Builds the failure of a step, and the error to store in its history row.
 *
 * @param at.index 0-based; after the statements come the settings, the history row and the COMMIT.
 */
export function stepFailure(
  step: Step,
  at: {
    readonly text: string;
    readonly index: number;
    readonly error: ServerError;
    readonly database: string;
    /** The role that ran the statement. */
    readonly role: string;
    /** The error is of the last message: the history row with the COMMIT. */
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
      // With a context, a deferred trigger of the migration's was refused.
      hint: at.isCommit && !error.where && HISTORY_GONE.has(error.sqlstate)
        ? historyGone(step, text)
        : hintFor(step, {
          index,
          error,
          database,
          role,
          statement: statement ? text.slice(statement.start, statement.end) : "",
        }),
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
