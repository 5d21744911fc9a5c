// Pure.
/**
 * The way to another release, as text and as records: its steps, what it loses, and what is in its way.
 *
 * @module
 */

import { formatCount, formatNumber } from "../../format/count.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import { migrationLabel } from "../../plan/plan.ts";
import type { WayStep } from "../../plan/rollback.ts";
import type { CountedLoss } from "../../release/count_losses.ts";
import type { BatchedOnTheWay, ReleaseWay } from "../../release/find_way_back.ts";
import { stepLine, stepRecord } from "./step_lines.ts";
import { wrap } from "./wrap.ts";

/** A way, and the rows that it loses on this server. */
export interface CountedWay extends ReleaseWay {
  readonly server: string;
  readonly counted: readonly CountedLoss[];
}

/** What `--dry-run` prints of one database. */
export function wayLines(way: CountedWay): readonly string[] {
  const { database, steps, server, batched, counted, losses } = way;
  if (steps.length === 0) return [`${database}: nothing to do on ${server}`];
  const unseen = losses.filter(({ kind }) => kind === "unseen");
  return [
    `${database}: ${steps.length} to run on ${server}`,
    ...steps.flatMap(stepLines),
    ...batched.flatMap((one) => wrap("  batched: ", batchedSentence(one))),
    ...counted.map((loss) => `  lost: ${lossText(loss)}`),
    ...unseen.map(({ version }) => `  not seen: what a DO block or CALL of ${version} does`),
  ];
}

/** The records of one database, in the order of the lines. */
export function wayRecords(way: CountedWay): readonly JsonRecord[] {
  const { database, steps, batched, counted } = way;
  return [
    ...steps.flatMap(({ step }) => step ? [stepRecord(step, { database, byHand: false })] : []),
    ...steps.flatMap(({ definition, direction, obstacles }) =>
      obstacles.map(({ code, message, hint }) => ({
        event: "obstacle",
        database,
        version: definition.version,
        name: definition.name,
        direction,
        code,
        message,
        hint: hint ?? null,
      }))
    ),
    ...batched.map(({ version, newest, status, disposition }) => ({
      event: "batched-way-back",
      database,
      version,
      id: newest.id,
      name: newest.name,
      status,
      disposition,
    })),
    ...counted.map(({ version, table, column, by, rows, estimate }) => ({
      event: "loss",
      database,
      version,
      table,
      column: column ?? null,
      by,
      rows: rows ?? null,
      estimate: estimate ?? null,
    })),
  ];
}

function stepLines({ step, definition, direction, obstacles }: WayStep): readonly string[] {
  const line = step === undefined
    ? `${direction.padEnd(4)} ${migrationLabel(definition)}`
    : stepLine(step, { byHand: false });
  return [
    `  ${line}`,
    ...obstacles.flatMap(({ message }) => wrap("       cannot: ", message)),
  ];
}

function batchedSentence(
  { newest: { name }, status, disposition, version }: BatchedOnTheWay,
): string {
  switch (disposition) {
    case "unqueue":
      return `${name} is ${status} and has changed no row; it is removed from the queue`;
    case "undo":
      return `${name} is ${status}; its \`down\` runs to the end before ${version} is taken back`;
    case "undone":
      return `${name} is undone already`;
    case "restore":
      return `${name} stays queued by another migration`;
    case "stay":
      return `${name} is ${status} and declares no \`down\`; what it has changed stays as it is`;
    case "dropped":
      return `${name} is ${status}; all that it has written is dropped on the way`;
    case "abandoned":
      return `${name} is ${status} and half done; its rows stay as they are, as --abandon says`;
    case "half-done":
      return `${name} is ${status} and half done, and declares no \`down\``;
  }
}

function lossText({ table, column, by, rows, estimate }: CountedLoss): string {
  if (by === "DELETE") return `the rows of ${table} that a DELETE removes`;
  const what = column === undefined ? table : `column ${column} of ${table}`;
  const unit = column === undefined ? "" : " with a value";
  if (rows !== undefined) return `${what}, ${formatCount(rows, "row")}${unit}`;
  const about = estimate === undefined
    ? "rows not counted: it takes too long, and the server has no estimate"
    : `about ${
      formatNumber(estimate)
    } rows by the server's estimate, since counting takes too long`;
  return `${what}, ${about}`;
}
