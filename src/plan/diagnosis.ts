// Pure.
/**
 * Diagnoses an attempt that did not finish: what it left, and what can be done about it.
 *
 * @module
 */

import type {
  Definition,
  Direction,
  Script,
  Statement,
} from "../definition/migration/definition.ts";
import { NOT_CHECKPOINTED } from "../history/history.ts";
import type { Backend, IncompleteAttempt } from "../history/incomplete_attempts.ts";
import { isSelfRepairing } from "./plan.ts";

/** An index that a script builds or drops by itself, as the server has it. */
export interface FoundIndex {
  readonly state: "absent" | "invalid" | "valid" | "not an index";
  /** With its schema, as it is written in SQL; empty when it is absent. */
  readonly name: string;
}

/** What was looked up before a diagnosis. */
export interface AttemptFacts {
  /** Undefined when neither the program nor the database has it. */
  readonly definition: Definition | undefined;
  /** For a script that is one concurrent build or drop of an index. */
  readonly index?: FoundIndex | undefined;
  /** 1-based number of a statement that left in its session what is gone with it. */
  readonly sessionLostAt?: number | undefined;
}

/** What would be done. */
export type Remedy =
  /** Nothing: its backend still works. */
  | { readonly kind: "wait"; readonly backend: Backend }
  /** Say in the history what holds: `direction` is the way that is complete. */
  | { readonly kind: "record"; readonly direction: Direction }
  /** Drop the invalid index first, then say so. */
  | { readonly kind: "drop-index"; readonly direction: Direction; readonly index: string }
  /** The index is there: let the runner compare it with what is wanted, and close the attempt. */
  | { readonly kind: "check-index" }
  /** Nothing: whichever way the next run goes, it finishes this first. */
  | { readonly kind: "next-run" }
  /** Run the statements from this one (0-based) on, when a person asks for it. */
  | { readonly kind: "continue"; readonly from: number }
  /** A person has to look. */
  | { readonly kind: "person" };

/** An attempt, what was found of it, and what helps. */
export interface Diagnosis {
  readonly attempt: IncompleteAttempt;
  readonly definition: Definition | undefined;
  readonly script: Script | undefined;
  /** A sentence: which state it is in. */
  readonly found: string;
  readonly remedy: Remedy;
  /** 0-based: the statement that was cut off, or failed. */
  readonly at: number | undefined;
}

/** The same again does no harm, whether it was done or not. */
const REPEATABLE: ReadonlySet<string> = new Set([
  "VACUUM",
  "REINDEX DATABASE",
  "REINDEX SCHEMA",
  "REINDEX SYSTEM",
  "CLUSTER without a table",
  "ALTER SYSTEM",
  "DISCARD ALL",
  "ALTER SUBSCRIPTION REFRESH PUBLICATION",
]);

/**
 * Whether a statement is committed together with the row that counts it. Then it is done if and only
 * if it is counted.
 */
export function isCheckpointed({ outside, mayCommit }: Statement): boolean {
  return outside === undefined && !mayCommit;
}

/** Says what became of it. Nothing here is guessed: what cannot be known is a person's to look at. */
export function diagnose(attempt: IncompleteAttempt, attemptFacts: AttemptFacts): Diagnosis {
  const { definition } = attemptFacts;
  const { direction, backend } = attempt;
  const script = definition?.[direction];
  const say = (found: string, remedy: Remedy, at?: number): Diagnosis => ({
    attempt,
    definition,
    script,
    found,
    remedy,
    at,
  });
  const of = script?.statements.length ?? 0;
  const at = attempt.statementsDone < of ? attempt.statementsDone : undefined;
  if (backend !== undefined) {
    const progress = backend.progress ? `, ${backend.progress}` : "";
    return say(
      `It is still running: pid ${backend.pid}, since ${backend.since}${progress}.`,
      { kind: "wait", backend },
      at,
    );
  }
  if (script === undefined) {
    return say("Neither this program nor the database has its script.", { kind: "person" });
  }
  if (script.checksum !== attempt.checksum) {
    return say(
      "Its script was edited since, so what is done cannot be held against it.",
      { kind: "person" },
    );
  }
  if (at === undefined) {
    return say(
      `All of its ${of} statements are done; only the end was not recorded.`,
      { kind: "record", direction },
    );
  }
  if (isSelfRepairing(script)) {
    const { index } = attemptFacts;
    return index === undefined
      ? say("It was cut off, in a state that can be recognised.", { kind: "next-run" }, at)
      : say(...aboutIndex(script.statements[0]!, { direction, index }), at);
  }
  return say(...aboutStatement(attempt, { script, at, lostAt: attemptFacts.sessionLostAt }), at);
}

function aboutIndex(
  { concurrentIndex }: Statement,
  { direction, index }: { readonly direction: Direction; readonly index: FoundIndex },
): [string, Remedy] {
  const { state, name } = index;
  const back = direction === "up" ? "down" : "up";
  const builds = concurrentIndex !== undefined;
  switch (state) {
    case "absent":
      return builds
        ? ["Its index is not there.", { kind: "record", direction: back }]
        : ["The index that it drops is gone.", { kind: "record", direction }];
    case "invalid":
      return builds
        ? [`Its index ${name} is there, invalid.`, {
          kind: "drop-index",
          direction: back,
          index: name,
        }]
        : [`The index that it drops, ${name}, is invalid already.`, {
          kind: "drop-index",
          direction,
          index: name,
        }];
    case "valid":
      return builds
        ? ["Its index is there, and valid.", { kind: "check-index" }]
        : ["The index that it drops is there, and valid.", { kind: "record", direction: back }];
    case "not an index":
      return ["Something else has the name of its index.", { kind: "person" }];
  }
}

function aboutStatement(
  { statementsDone, error, direction }: IncompleteAttempt,
  { script, at, lostAt }: {
    readonly script: Script;
    readonly at: number;
    readonly lostAt: number | undefined;
  },
): [string, Remedy] {
  const statement = script.statements[at]!;
  const number = `Statement ${at + 1} of ${script.statements.length}`;
  const refused = error?.sqlstate !== undefined && error.statement === at + 1;
  const known = isCheckpointed(statement) && error?.code !== NOT_CHECKPOINTED
    ? `${number} ${refused ? "failed" : "was cut off"}, and nothing of it is in the database.`
    : refused && !statement.mayCommit && !statement.outside?.includes("CONCURRENTLY")
    ? `${number} was refused, and did nothing.`
    : REPEATABLE.has(statement.outside ?? "") || statement.resumable !== undefined
    ? `${number} (${statement.outside ?? "REINDEX"}) did not end well, and may be run again.`
    : undefined;
  if (known === undefined) {
    const what = statement.outside ?? "what it calls may commit on its own";
    return [`${number} did not end well (${what}): what it did cannot be told.`, {
      kind: "person",
    }];
  }
  if (statementsDone === 0 && statement.resumable === undefined) {
    return [known, { kind: "record", direction: direction === "up" ? "down" : "up" }];
  }
  if (lostAt !== undefined) {
    return [
      `${known} But what statement ${lostAt} left in its session is gone.`,
      { kind: "person" },
    ];
  }
  return [known, { kind: "continue", from: at }];
}
