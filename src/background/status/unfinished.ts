// Pure.
/**
 * Explains why a batched migration is not finished, and what to type next.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { describeProgress } from "./progress_text.ts";
import type { ProgressSnapshot } from "./progress_snapshot.ts";
import type { BackgroundTables } from "../state/rows.ts";

/** It is unfinished, and this command does not run it. */
export function unfinished(snapshot: ProgressSnapshot, { database }: BackgroundTables): Failure {
  const { name, status, held, paused } = snapshot;
  const why = paused
    ? `; paused by ${paused.who}${paused.reason === undefined ? "" : `: ${paused.reason}`}`
    : held
    ? `; held: ${held.reason}`
    : "";
  return new Failure(
    "background/unfinished",
    `Batched migration ${name} of "${database}" is ${status}, not finished ` +
      `(${describeProgress(snapshot)}${why}).`,
    {
      hint: status === "paused"
        ? `Let it go on: migrator background resume ${name} --db ${database}`
        : `Do the rest: migrator background finalize ${name} --db ${database}`,
      facts: { name, status, done: snapshot.done, total: snapshot.total ?? null },
    },
  );
}

/** The user asked to run the rest here, but this program cannot. */
export function cannotFinalizeHere(
  snapshot: ProgressSnapshot,
  { name: { database }, reason }: { readonly name: BackgroundTables; readonly reason: string },
): Failure {
  const { name, status } = snapshot;
  return new Failure(
    "background/not-here",
    `The rest of batched migration ${name} of "${database}" cannot be done here: ${reason}.`,
    {
      hint: "Run the same with the program that has it; or leave it to workers that do: " +
        "migrator up --finalize wait",
      facts: { name, status },
    },
  );
}

/** It failed and will not finish until a user fixes the cause. */
export function failed(snapshot: ProgressSnapshot, { database }: BackgroundTables): Failure {
  const { name, failure } = snapshot;
  return new Failure(
    "background/failed",
    `Batched migration ${name} of "${database}" has failed${failure ? `: ${failure}` : ""}.`,
    {
      hint: `See what: migrator background failures ${name} --db ${database} and, when it is ` +
        `mended: migrator background retry ${name} --db ${database}`,
      facts: { name },
    },
  );
}

/** Rows are in quarantine, so it is incomplete. */
export function quarantined(
  { name, quarantined }: ProgressSnapshot,
  { database }: BackgroundTables,
): Failure {
  return new Failure(
    "background/quarantined",
    `Batched migration ${name} of "${database}" is finished but for ${quarantined} ` +
      `${quarantined === 1 ? "row" : "rows"} put aside, which the database refused.`,
    { hint: `See them: migrator background quarantine list ${name} --db ${database}` },
  );
}

/** `remaining` finds rows, so it is incomplete. */
export function remaining(
  { name, dropped }: ProgressSnapshot,
  { database }: BackgroundTables,
): Failure {
  if (dropped > 0) {
    return new Failure(
      "background/remaining",
      `Batched migration ${name} of "${database}" is finished, but its \`remaining\` query still ` +
        `finds rows, and ${dropped} ${dropped === 1 ? "row was" : "rows were"} dropped from its ` +
        "quarantine unchanged.",
      {
        hint: "Change or delete these rows by hand so that `remaining` no longer finds them: " +
          `migrator background quarantine list ${name} --all --db ${database}`,
        facts: { name, dropped },
      },
    );
  }
  return new Failure(
    "background/remaining",
    `Batched migration ${name} of "${database}" is finished, but its \`remaining\` query still ` +
      "finds rows: somebody writes them as they were before.",
    {
      hint: "See to the trigger or the release that should write them anew, then: " +
        `migrator background finalize ${name} --db ${database}`,
    },
  );
}

/** It was finished, and has been reverted since. */
export function undone({ name, id }: ProgressSnapshot, { database }: BackgroundTables): Failure {
  return new Failure(
    "background/taken-back",
    `Batched migration ${name} of "${database}" was queued the way back (${id}).`,
    { hint: `Do it anew: migrator background requeue ${name} --db ${database}` },
  );
}
