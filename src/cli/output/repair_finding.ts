// Pure.
/**
 * Formats the findings of `repair` for people and for programs.
 *
 * @module
 */

import { formatTimestamp } from "../../format/elapsed_time.ts";
import { Failure, formatPlace, type Place } from "../../failure.ts";
import type { IncompleteRun } from "../../history/incomplete_attempts.ts";
import type { Diagnosis, Remedy } from "../../plan/diagnosis.ts";
import { migrationLabel } from "../../plan/plan.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import { sourceLines } from "../../format/escape_controls.ts";
import { wrap } from "./wrap.ts";

/** A diagnosis, with what is needed to report it. */
export interface AttemptFinding {
  readonly database: string;
  readonly diagnosis: Diagnosis;
  /** The interrupted statement, and its place in the file. */
  readonly statement: { readonly place: Place; readonly sql: string } | undefined;
  readonly mayContinue: boolean;
}

/** The most lines of a statement to show. */
const MAX_SHOWN = 5;

/** The whole finding, wrapped at 80 columns. */
export function findingLines(finding: AttemptFinding): readonly string[] {
  const { diagnosis: { attempt, found }, statement } = finding;
  const { id, direction, startedAt, who, host } = attempt;
  const lines = [
    ...wrap("  ", `${migrationLabel(attempt)} ${direction}`),
    ...wrap("    attempt:   ", `#${id}, begun ${formatTimestamp(startedAt)} by ${who} on ${host}`),
    ...wrap("    found:     ", found),
  ];
  if (statement) {
    const { place, sql } = statement;
    const shown = sourceLines(sql);
    lines.push(
      `    statement: ${formatPlace(place)}`,
      ...shown.slice(0, MAX_SHOWN).map((line) => `      ${line}`.trimEnd()),
      ...(shown.length > MAX_SHOWN ? ["      …"] : []),
    );
  }
  lines.push(...wrap("    action:    ", repairIntent(finding)));
  return lines;
}

/** The finding as fields of a JSON object. */
export function findingRecord(finding: AttemptFinding, done: boolean): JsonRecord {
  const { database, diagnosis, statement } = finding;
  const { attempt, found, remedy, at, script } = diagnosis;
  const { version, name, direction, backend } = attempt;
  return {
    event: "finding",
    database,
    version,
    name,
    kind: "attempt",
    state: remedy.kind === "wait" ? "running" : attempt.finishedAt ? "failed" : "cut off",
    direction,
    attempt: attempt.id,
    found,
    statement: at === undefined ? null : at + 1,
    statements: script?.statements.length ?? null,
    place: statement?.place ?? null,
    backend: backend ?? null,
    remedy: remedy.kind,
    would: repairIntent(finding),
    done,
  };
}

/** What `repair` would do about it: a sentence without its subject. */
export function repairIntent({ diagnosis, mayContinue }: AttemptFinding): string {
  const { remedy, script, attempt: { version } } = diagnosis;
  switch (remedy.kind) {
    case "wait":
      return "do nothing: it is not over";
    case "person":
      return "do nothing: a person has to look";
    case "next-run":
      return mayContinue ? "run it again" : "do nothing: the next run finishes it first";
    case "record":
      return `record that it is ${stateName(remedy)}`;
    case "drop-index":
      return `drop index ${remedy.index} concurrently, and record that it is ${stateName(remedy)}`;
    case "check-index":
      return "compare the index with what the migration wants, and record that it is done";
    case "continue": {
      const rest = `statements ${remedy.from + 1} to ${script?.statements.length}`;
      return mayContinue ? `run ${rest}` : `run ${rest}, if told so: repair ${version} --continue`;
    }
  }
}

function stateName({ direction }: Remedy & { readonly direction: "up" | "down" }): string {
  return direction === "up" ? "applied" : "not applied, so that up runs it";
}

/** The failure for an attempt that `repair` leaves unchanged. */
export function unrepairedFailure({ database, diagnosis, statement }: AttemptFinding): Failure {
  const { attempt, remedy, found } = diagnosis;
  const { version } = attempt;
  const name = `Migration ${migrationLabel(attempt)} (${attempt.direction}) of "${database}"`;
  const facts = { database, version: String(version) };
  const place = statement ? { place: statement.place } : {};
  if (remedy.kind === "wait") {
    return new Failure("history/running", `${name} is not over. ${found}`, {
      hint: `Wait for its end, then: migrator repair ${version} --db ${database}. ` +
        `To end it: SELECT pg_terminate_backend(${remedy.backend.pid})`,
      facts: { ...facts, backend: remedy.backend },
      ...place,
    });
  }
  const settle =
    `migrator force ${version} --reason "…" --db ${database}, if all of it is in the ` +
    "database; with --down, if nothing is";
  return new Failure("history/needs-person", `${name} needs a person. ${found}`, {
    hint: remedy.kind === "continue"
      ? `migrator repair ${version} --continue --db ${database}; or, after finishing it by hand: ` +
        settle
      : `Look at what it left, complete it or take it back, then: ${settle}`,
    facts,
    ...place,
  });
}

/** The interrupted run, as lines. */
export function runLines({ startedAt, committed, backend }: IncompleteRun): readonly string[] {
  return [
    "  the newest run did not finish",
    ...wrap("    begun:     ", formatTimestamp(startedAt)),
    ...wrap(
      "    committed: ",
      committed.length === 0
        ? "no migration in a transaction"
        : lastOf(committed.map(({ version }) => String(version))),
    ),
    ...wrap(
      "    found:     ",
      backend
        ? `a transaction of it is still open: ${who(backend)}`
        : "no transaction of it is open: what is not listed was rolled back",
    ),
    ...wrap(
      "    action:    ",
      backend ? "do nothing: it is not over" : "see that what it committed is on disk",
    ),
  ];
}

/** The interrupted run, as a JSON object. */
export function runRecord(
  { startedAt, committed, backend }: IncompleteRun,
  { database, done }: { readonly database: string; readonly done: boolean },
): JsonRecord {
  return {
    event: "finding",
    database,
    version: null,
    kind: "run",
    state: backend ? "running" : "unfinished",
    startedAt,
    committed,
    backend: backend ?? null,
    would: backend ? "do nothing: it is not over" : "see that what it committed is on disk",
    done,
  };
}

/** The failure for a run that is still going on; undefined for one that has ended. */
export function unfinishedRunFailure(run: IncompleteRun, database: string): Failure | undefined {
  const { backend } = run;
  if (backend === undefined) return undefined;
  return new Failure(
    "history/running",
    `A transaction of the newest run of "${database}" is still open: ${who(backend)}. Whether it ` +
      "commits is not decided.",
    {
      hint: `Wait for its end, then: migrator repair --db ${database}. ` +
        `To end it: SELECT pg_terminate_backend(${backend.pid})`,
      facts: { database, backend },
    },
  );
}

function who({ pid, since, state }: NonNullable<IncompleteRun["backend"]>): string {
  return `pid ${pid}, ${state}, since ${since}`;
}

/** The last ten, with the number of those before them. */
function lastOf(versions: readonly string[]): string {
  const last = versions.slice(-10);
  const before = versions.length - last.length;
  return (before > 0 ? `${before} and then ` : "") + last.join(", ");
}
