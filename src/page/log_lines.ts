// Pure.
/**
 * Lines of the log: from recorded events, and from what differs between two looks.
 *
 * @module
 */

import type { LoggedEvent } from "../background/status/read_events.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import { formatCount } from "../format/count.ts";
import type { MigrationState, MigrationStatus } from "../plan/database_status.ts";
import { errorText } from "../report/event_text.ts";
import type { DatabaseView, LogLine } from "./page_state.ts";

/** An event of a batched migration. */
export function eventLine(database: string, event: LoggedEvent): LogLine {
  const { at, name, migration, to, who, reason } = event;
  const what = to === undefined ? event.event : `${event.event} (${to})`;
  const text = `${name} (${migration}): ${what} by ${who}${
    reason === undefined ? "" : `: ${reason}`
  }`;
  return { at, database, text, level: to === "failed" ? "error" : "info" };
}

/** What has changed since the look before, besides recorded events. */
export function changesBetween(
  before: DatabaseView,
  now: DatabaseView,
  at: string,
): readonly LogLine[] {
  const line = (text: string, level: LogLine["level"] = "info"): LogLine => ({
    at,
    database: now.name,
    text,
    level,
  });
  const known = new Map(before.status?.migrations.map((one) => [one.version, one.standing]));
  const moved = before.status === undefined ? [] : now.status?.migrations ?? [];
  const troubles = now.troubles.filter(({ message }) =>
    !before.troubles.some((one) => one.message === message)
  );
  return [
    ...troubles.map(({ code, message }) => line(`${code}: ${message}`, "error")),
    ...moved.filter(({ version, standing }) => known.get(version) !== standing)
      .map((migration) => line(movedText(migration), LEVELS[migration.standing] ?? "info")),
    ...(now.batched ?? []).flatMap((snapshot) => {
      const earlier = before.batched?.find(({ id }) => id === snapshot.id);
      return earlier === undefined
        ? []
        : setbacks(earlier, snapshot).map((text) => line(text, "warn"));
    }),
  ];
}

const LEVELS: Partial<Readonly<Record<MigrationState, LogLine["level"]>>> = {
  failed: "error",
  dirty: "error",
};

function movedText({ version, name, standing, lastError }: MigrationStatus): string {
  const why = lastError !== null && LEVELS[standing] === "error" ? `: ${errorText(lastError)}` : "";
  return `${version} ${name} is ${standing}${why}`;
}

/** Failures, rows in quarantine, and slowdowns that were not there before. */
function setbacks(before: ProgressSnapshot, now: ProgressSnapshot): readonly string[] {
  const label = `${now.name} (${now.id})`;
  const failed = now.jobs.failed - before.jobs.failed;
  const aside = now.quarantined - before.quarantined;
  return [
    ...(failed > 0 ? [`${label}: ${formatCount(failed, "batch", "batches")} failed`] : []),
    ...(aside > 0 ? [`${label}: ${formatCount(aside, "row")} put into quarantine`] : []),
    ...(now.slowed !== undefined && before.slowed === undefined
      ? [`${label} is slowed: ${now.slowed}`]
      : []),
  ];
}
