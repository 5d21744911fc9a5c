// Pure.
/**
 * The state of migrations, as lines for people.
 *
 * @module
 */

import { formatTimestamp } from "../../format/elapsed_time.ts";
import type { MigrationState, MigrationStatus } from "../../plan/database_status.ts";
import { errorText } from "../../report/event_text.ts";
import type { Style } from "../../report/style.ts";

const WORDS: Readonly<Record<MigrationState, string>> = {
  applied: "applied",
  pending: "pending",
  failed: "failed",
  dirty: "DIRTY",
  running: "running",
  newer: "newer",
};

const REMARKS: Partial<Readonly<Record<MigrationState, string>>> = {
  newer: "applied by a newer program",
  running: "under way",
};

/**
 * A line for each migration, and one for its last error: state, version, since when, name, remarks.
 * Columns are as wide as their widest cell.
 */
export function statusLines(
  migrations: readonly MigrationStatus[],
  style: Style,
): readonly string[] {
  const widest = Math.max(0, ...migrations.map(({ version }) => String(version).length));
  const times = migrations.map(timeOf);
  const timed = times.some((time) => time !== "");
  return migrations.flatMap(({ standing: state, version, name, edited, lastError }, index) => {
    const columns = [
      paint(state, style)(WORDS[state].padEnd(7)),
      String(version).padStart(widest),
      ...(timed ? [style.dim(times[index]!.padEnd(20))] : []),
      name,
    ];
    const remark = edited ? "edited since it was applied" : REMARKS[state];
    const line = columns.join("  ").trimEnd() + (remark ? style.caution(`  [${remark}]`) : "");
    const failed = lastError !== null && state !== "applied";
    return failed ? [line, `         last error: ${errorText(lastError).split("\n")[0]}`] : [line];
  });
}

function timeOf({ standing: state, startedAt, finishedAt }: MigrationStatus): string {
  if (state === "pending") return "";
  const time = finishedAt ?? startedAt;
  return time === null ? "" : formatTimestamp(time);
}

function paint(state: MigrationState, style: Style): (text: string) => string {
  switch (state) {
    case "applied":
      return style.good;
    case "pending":
    case "running":
      return style.caution;
    case "newer":
      return style.dim;
    case "failed":
    case "dirty":
      return style.bad;
  }
}

/** The next command when something is wrong; undefined when `up` is enough. */
export function nextStep(
  database: string,
  migrations: readonly MigrationStatus[],
): string | undefined {
  const bad = migrations.find(({ standing: state }) => state === "dirty") ??
    migrations.find(({ standing: state }) => state === "failed");
  return bad && `migrator describe ${bad.version} --db ${database}`;
}
