// Pure.
/**
 * A shadow's refusals, as failures that say what to do.
 *
 * @module
 */

import type { ServerError } from "../connection/session/session.ts";
import { Failure, type Place } from "../failure.ts";

/** Where it was refused. */
export interface Attempt {
  /** The verb and its object, in the middle of a sentence: `apply migration 1650 (users)`. */
  readonly what: string;
  /** What was sent. */
  readonly statement: string;
  readonly place?: Place;
  /** The shadow, for people. */
  readonly shadow: string;
}

/** `extension "x" is not available`, and what older servers say instead. */
const EXTENSION = /extension "(.+?)" is not available|extension control file ".*\/(.+?)\.control"/;

/** undefined_file, feature_not_supported: how servers refuse an extension that is not installed. */
const WITHOUT_EXTENSION = ["58P01", "0A000"];

/** `shadow/missing-extension` for an extension that the shadow lacks, else `shadow/refused`. */
export function shadowFailure(error: ServerError, attempt: Attempt): Failure {
  const place = attempt.place === undefined ? {} : { place: attempt.place };
  const [, named, filed] = WITHOUT_EXTENSION.includes(error.sqlstate)
    ? EXTENSION.exec(error.message) ?? []
    : [];
  const extension = named ?? filed;
  if (extension !== undefined) {
    return new Failure(
      "shadow/missing-extension",
      `Could not ${attempt.what} in the shadow ${attempt.shadow}: it has no extension ${extension}.`,
      {
        hint: "Name a server that has it, as a role that may create databases: " +
          "--shadow-url postgres://… A database of its own is made there, and dropped again.",
        facts: { extension },
        ...place,
      },
    );
  }
  return new Failure(
    "shadow/refused",
    `Could not ${attempt.what} in the shadow ${attempt.shadow}: ${error.message} ` +
      `(SQLSTATE ${error.sqlstate}), in: ${firstLine(attempt.statement)}`,
    {
      hint: "Try a server of the same release as the database's: --shadow-url postgres://…",
      facts: { sqlstate: error.sqlstate },
      ...place,
    },
  );
}

function firstLine(statement: string): string {
  const [line = ""] = statement.trim().split("\n");
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
