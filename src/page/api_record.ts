// Pure.
/**
 * The values of pages as records of the JSON API. Field names are those of `--json`.
 *
 * @module
 */

import { failureRecord, quarantineRecord } from "../report/failure_record.ts";
import type { JsonRecord } from "../report/json_object.ts";
import { withSnakeCase } from "../report/json_record.ts";
import { progressFields } from "../report/progress_record.ts";
import type { BatchedView, DatabaseView, LogLine } from "./page_state.ts";

/** A database, for the list of all and by itself. */
export function databaseRecord(view: DatabaseView) {
  const { name, server, troubles, status, installed, durable, graph, batched } = view;
  return withSnakeCase({
    database: name,
    server: server ?? null,
    troubles: troubles.map(({ code, message, hint }) => ({ code, message, hint: hint ?? null })),
    installed,
    durable,
    upToDate: status?.upToDate ?? null,
    counts: status?.counts ?? null,
    migrations: status?.migrations.map((migration) =>
      withSnakeCase({
        ...migration,
        parents: graph?.get(migration.version)?.parents ?? [],
      })
    ) ?? null,
    batchedMigrations: batched?.map((snapshot) => withSnakeCase(progressFields(name, snapshot))) ??
      null,
  });
}

/** A batched migration in detail. */
export function batchedRecord(view: BatchedView) {
  const { database, snapshot, inWork, events, failures, failureCount, quarantine, waitsFor } = view;
  const of = { database, batchedBackgroundMigrationId: snapshot.id, jobClassName: snapshot.name };
  return withSnakeCase({
    ...progressFields(database, snapshot),
    waitsFor: waitsFor?.id ?? null,
    inWork: inWork.map(({ cursor, ...batch }) =>
      withSnakeCase({ ...batch, cursor: cursor ?? null })
    ),
    failureCount,
    failures: failures.map(({ sql, sqlstate, worker, ...failure }) => {
      const record = failureRecord(of, { sqlstate, worker, ...failure });
      return part({
        ...record,
        sqlstate: sqlstate ?? null,
        worker: worker ?? null,
        sql: sql ?? null,
      });
    }),
    quarantine: quarantine.map((row) => part(quarantineRecord(of, row))),
    events: events.map(({ id, event, from, to, reason, details, ...past }) =>
      withSnakeCase({
        eventId: id,
        what: event,
        previousStatus: from ?? null,
        nextStatus: to ?? null,
        reason: reason ?? null,
        details: details ?? null,
        ...past,
      })
    ),
  });
}

/** A line of the log. */
export function logRecord({ at, database, text, level }: LogLine) {
  return { at, database, text, level };
}

/** A record of `--json` as a part of another: it needs no word for what it is. */
function part({ event: _, ...fields }: JsonRecord) {
  return withSnakeCase(fields);
}
