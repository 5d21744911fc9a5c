/**
 * Reads what pages show, by the queries of `status`, `background list` and `background show`.
 *
 * @module
 */

import { readMigrationDetails } from "../../../background/status/read_details.ts";
import { readFailures } from "../../../background/status/read_failures.ts";
import { readProgressSnapshots } from "../../../background/status/progress_snapshot.ts";
import { readQuarantine } from "../../../background/status/read_quarantine.ts";
import { readReplayRelation, replaySql } from "../../../background/status/replay_sql.ts";
import { waitsBehind } from "../../../background/status/waits_behind.ts";
import { SqlError } from "../../../connection/session/session.ts";
import { failuresIn } from "../../../failure.ts";
import type { HistoryName } from "../../../history/history_name.ts";
import { readVersionDetails } from "../../../history/read_history.ts";
import type { BatchedView, DatabaseView, Trouble } from "../../../page/page_state.ts";
import { databaseStatus } from "../../../plan/database_status.ts";
import type { Target, Workspace } from "../../../workspace/workspace.ts";
import type { DatabaseReader } from "./database_reader.ts";

/** A database that pages read. */
export interface ServedDatabase {
  readonly name: string;
  readonly history: HistoryName;
  readonly reader: DatabaseReader;
}

/** The most failures and events on a page. */
const MOST_FAILURES = 20;
const MOST_EVENTS = 50;

/** Reads a database. Never fails: what cannot be read is a trouble of the view. */
export async function readDatabaseView(
  workspace: Pick<Workspace, "target">,
  { name, history, reader }: ServedDatabase,
): Promise<DatabaseView> {
  const troubles: Trouble[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      troubles.push(...troublesOf(error));
      return undefined;
    }
  };
  const target = await attempt<Target>(() => workspace.target(name));
  const read = await attempt(() =>
    reader.read(async (session) => ({
      details: target && await readVersionDetails(session, history),
      batched: await readProgressSnapshots(session, history),
    }))
  );
  const { details, batched } = read ?? {};
  return {
    name,
    server: reader.server,
    troubles,
    status: target && details && databaseStatus(target.graph, details),
    installed: details?.installed ?? true,
    durable: details?.durable ?? true,
    graph: target?.graph,
    batched,
  };
}

/**
 * Reads a batched migration; undefined if there is none with this id.
 *
 * @throws {Failure} `connection/*`, `history/*`.
 */
export async function readBatchedView(
  { history, reader }: ServedDatabase,
  id: string,
): Promise<BatchedView | undefined> {
  return await reader.read(async (session) => {
    const [snapshot] = await readProgressSnapshots(session, history, { id });
    if (snapshot === undefined) return undefined;
    const migration = snapshot.id;
    const details = await readMigrationDetails(session, history, {
      migration,
      events: MOST_EVENTS,
    });
    const failed = await readFailures(session, history, { migration, limit: MOST_FAILURES });
    const relation = await readReplayRelation(session);
    return {
      database: history.database,
      server: reader.server,
      snapshot,
      waitsFor: waitsBehind(snapshot, await readProgressSnapshots(session, history)),
      ...details,
      failureCount: failed.total,
      failures: failed.failures.map((failure) => ({
        ...failure,
        sql: replaySql(details.migration, failure, relation),
      })),
      quarantine: await readQuarantine(session, history, { migration, all: false }),
    };
  });
}

/**
 * What a failure says, for a page.
 *
 * @throws The error itself, if it is a defect.
 */
export function troublesOf(error: unknown): readonly Trouble[] {
  if (error instanceof SqlError) {
    const { sqlstate, message } = error.server;
    return [{ code: "sql/refused", message: `${message} (SQLSTATE ${sqlstate})`, hint: undefined }];
  }
  return failuresIn(error).map(({ code, message, hint }) => ({ code, message, hint }));
}
