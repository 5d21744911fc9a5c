// Pure.
/**
 * Diagnoses an attempt that did not finish: the state that it left, and the remedy.
 *
 * @module
 */

import type {
  Definition,
  Direction,
  Script,
  Statement,
} from "../definition/migration/definition.ts";
import { NOT_CHECKPOINTED, TRANSACTION_ENDED } from "../history/history.ts";
import type { Backend, IncompleteAttempt } from "../history/incomplete_attempts.ts";
import { isSelfRepairing } from "./plan.ts";

/** The state on the server of the one index that a script builds or drops. */
export interface FoundIndex {
  readonly state: "absent" | "invalid" | "valid" | "not an index";
  /** Qualified and quoted; empty when it is absent. */
  readonly name: string;
}

/** The facts that a diagnosis needs. */
export interface AttemptFacts {
  /** Undefined when neither the program nor the database has it. */
  readonly definition: Definition | undefined;
  /** For a script that is one concurrent build or drop of an index. */
  readonly index?: FoundIndex | undefined;
  /** 1-based number of a completed statement whose session state was lost with its session. */
  readonly sessionLostAt?: number | undefined;
}

/** What to do about an attempt. */
export type Remedy =
  /** Wait: its backend is still running. */
  | { readonly kind: "wait"; readonly backend: Backend }
  /** Record the state in the history: `direction` is complete. */
  | { readonly kind: "record"; readonly direction: Direction }
  /** Drop the invalid index, then record that `direction` is complete. */
  | { readonly kind: "drop-index"; readonly direction: Direction; readonly index: string }
  /** The index is valid: let the runner compare it with the wanted one, and close the attempt. */
  | { readonly kind: "check-index" }
  /** Nothing: the next run, up or down, finishes it first. */
  | { readonly kind: "next-run" }
  /** Run the statements from index `from` (0-based) on, if a person asks for it. */
  | { readonly kind: "continue"; readonly from: number }
  /** A person must inspect the database. */
  | { readonly kind: "person" };

/** An attempt, the state that was found, and the remedy. */
export interface Diagnosis {
  readonly attempt: IncompleteAttempt;
  readonly definition: Definition | undefined;
  readonly script: Script | undefined;
  /** A sentence that describes the state. */
  readonly found: string;
  readonly remedy: Remedy;
  /** 0-based index of the interrupted or failed statement. */
  readonly at: number | undefined;
}

/** Statements that do no harm when they are run again. */
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
 * Whether a statement is committed in one transaction with its count. Then it is completed if and only if
 * it is counted.
 */
export function isCheckpointed({ outside, mayCommit }: Statement): boolean {
  return outside === undefined && !mayCommit;
}

/** Whether running a statement again does no harm, whether it was completed or not. */
export function isRepeatable({ outside, resumable }: Statement): boolean {
  return REPEATABLE.has(outside ?? "") || resumable !== undefined;
}

/** Diagnoses an attempt. Nothing is guessed: if the state cannot be known, the remedy is `person`. */
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
  if (attempt.error?.code === TRANSACTION_ENDED) {
    const found = "It ended the transaction that it ran in: a part of it is in the database.";
    return say(found, { kind: "person" });
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
  const end = script.transactions?.find(({ first }) => first === at)?.end ?? at + 1;
  const number = end === at + 1
    ? `Statement ${end} of ${script.statements.length}`
    : `The transaction of statements ${at + 1} to ${end} of ${script.statements.length}`;
  const refused = error?.sqlstate !== undefined && error.statement !== undefined &&
    error.statement > at && error.statement <= end;
  const known = isCheckpointed(statement) && error?.code !== NOT_CHECKPOINTED
    ? `${number} ${refused ? "failed" : "was cut off"}, and nothing of it is in the database.`
    : refused && !statement.mayCommit && !statement.outside?.includes("CONCURRENTLY")
    ? `${number} was refused, and did nothing.`
    : isRepeatable(statement)
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
