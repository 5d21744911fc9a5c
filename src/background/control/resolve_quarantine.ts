/**
 * Resolves rows in quarantine: retries or drops them.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import type { Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { transaction } from "../state/background_transaction.ts";
import { withPrivileges } from "../state/with_privileges.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import { type BatchedMigrationStatus, JOB_STATUS } from "../state/state_machine.ts";
import {
  type BackgroundTables,
  jsonLiteral,
  MIGRATION_COLUMNS,
  type StoredMigration,
  tablesOf,
  textLiteral,
  toMigration,
  wholeNumber,
} from "../state/rows.ts";
import { droppedBecause } from "../state/quarantine_row.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { logEvent, moveMigration } from "../state/transition.ts";
import { wrongState } from "./wrong_state.ts";

/** The migration, its rows, and the actor. */
export interface QuarantineSelection {
  readonly snapshot: ProgressSnapshot;
  /** Ids of quarantine rows; undefined: all unresolved ones. */
  readonly ids: readonly string[] | undefined;
  readonly who: string;
  readonly reason: string | undefined;
}

/** The rows that workers will retry. */
export interface RequeuedRows {
  /** Ids of new batches, one for each row. */
  readonly jobs: readonly string[];
  /** Whether it was finished and is active again until they are done. */
  readonly isReopened: boolean;
}

/** States in which workers run such batches, or may do so without other work being started. */
const OPEN: readonly BatchedMigrationStatus[] = ["active", "finalizing", "finished"];

/**
 * Creates a batch for each row, in the transaction that resolves the row. So after a crash each row
 * is either in quarantine or in a batch. Workers claim these batches like any other.
 *
 * @throws {Failure} `background/wrong-state`, `background/unknown-row`, `background/missing-right`.
 */
export async function retryQuarantined(
  session: Session,
  name: BackgroundTables,
  quarantineSelection: QuarantineSelection,
): Promise<RequeuedRows> {
  const { id } = quarantineSelection.snapshot;
  const { who, reason } = await representableValue(session, {
    who: quarantineSelection.who,
    reason: quarantineSelection.reason,
  });
  return await withPrivileges(session, name, () =>
    transaction(session, async () => {
      const migration = await lock(session, name, quarantineSelection);
      const rows = await resolve(session, name, { ...quarantineSelection, resolution: "retried" });
      const jobs: string[] = [];
      for (const row of rows) {
        const { rows } = await session.query(requeue(name, migration, row));
        jobs.push(rows[0]!["id"]!);
      }
      const isReopened = migration.status === "finished";
      const details = { quarantine: rows.map((row) => row.id), batches: jobs };
      await session.query(
        [
          logEvent(name, { migration: id, event: "quarantine-retry", who, reason, details }),
          ...(isReopened ? [moveMigration(name, { migration: id, event: "reopen", who })] : []),
        ].join("; "),
      );
      return { jobs, isReopened };
    }));
}

/**
 * Drops rows from quarantine: the rows of the table stay unchanged.
 *
 * @returns The number of dropped rows.
 * @throws {Failure} `background/unknown-row`, `background/missing-right`.
 */
export async function dropQuarantined(
  session: Session,
  name: BackgroundTables,
  resolving: QuarantineSelection & { readonly reason: string },
): Promise<number> {
  const { id } = resolving.snapshot;
  const { who, reason, resolution } = await representableValue(session, {
    who: resolving.who,
    reason: resolving.reason,
    resolution: droppedBecause(resolving.reason),
  });
  return await withPrivileges(session, name, () =>
    transaction(session, async () => {
      const rows = await resolve(session, name, { ...resolving, resolution });
      const details = { quarantine: rows.map((row) => row.id) };
      await session.query(
        logEvent(name, { migration: id, event: "quarantine-drop", who, reason, details }),
      );
      return rows.length;
    }));
}

async function lock(
  session: Session,
  name: BackgroundTables,
  { snapshot }: QuarantineSelection,
): Promise<StoredMigration> {
  const { migrations } = tablesOf(name);
  const { id } = snapshot;
  await session.query(`SELECT FROM ${migrations} WHERE id = ${id} FOR NO KEY UPDATE`);
  const { rows } = await session.query(
    `SELECT ${MIGRATION_COLUMNS} FROM ${migrations} AS m WHERE id = ${id}`,
  );
  const migration = toMigration(rows[0]!);
  if (OPEN.includes(migration.status) && migration.scanPlan !== undefined) return migration;
  throw wrongState({ ...snapshot, status: migration.status }, {
    database: name.database,
    refused: "given back rows that were put aside",
  });
}

interface QuarantineRow {
  readonly id: string;
  readonly segment: number;
  readonly after: Cursor | undefined;
  readonly until: Cursor;
}

/** Marks the rows as resolved. */
async function resolve(
  session: Session,
  name: BackgroundTables,
  { snapshot: { id, name: called }, ids, resolution }: QuarantineSelection & {
    readonly resolution: string;
  },
): Promise<readonly QuarantineRow[]> {
  const { quarantine } = tablesOf(name);
  const chosen = ids ? `id IN (${ids.map((one) => BigInt(one)).join(", ")})` : "true";
  const { rows } = await session.query(
    `UPDATE ${quarantine}
    SET resolved_at = clock_timestamp(), resolution = ${textLiteral(resolution)}
    WHERE batched_background_migration_id = ${id} AND resolved_at IS NULL AND ${chosen}
    RETURNING id, segment, after_cursor, until_cursor`,
  );
  const found = rows.map((row): QuarantineRow => ({
    id: row["id"]!,
    segment: Number(row["segment"]),
    after: row["after_cursor"] == null ? undefined : JSON.parse(row["after_cursor"]) as Cursor,
    until: JSON.parse(row["until_cursor"]!) as Cursor,
  }));
  const missing = ids?.find((one) => !found.some((row) => row.id === one));
  if (found.length > 0 && missing === undefined) return found;
  throw new Failure(
    "background/unknown-row",
    `Batched migration ${called} of "${name.database}" has ${
      missing === undefined ? "no row" : `no row ${missing}`
    } that is put aside.`,
    { hint: `See those it has: migrator background quarantine list ${id} --db ${name.database}` },
  );
}

/**
 * An INSERT of a batch for one row. It counts no units, because the original batch counted the row.
 */
function requeue(
  name: BackgroundTables,
  { id, pauseMs, sweep }: StoredMigration,
  { segment, after, until }: QuarantineRow,
): string {
  const key = wholeNumber(until);
  return `INSERT INTO ${tablesOf(name).jobs} (
      created_at, updated_at, batched_background_migration_id, status,
      batch_size, sub_batch_size, pause_ms,
      min_value, max_value, min_cursor, max_cursor, segment, sweep, after_cursor
    )
    VALUES (
      clock_timestamp(), clock_timestamp(), ${id}, ${JOB_STATUS.pending},
      0, 1, ${pauseMs},
      ${key}, ${key}, ${jsonLiteral(until)}, ${jsonLiteral(until)}, ${segment}, ${sweep},
      ${jsonLiteral(after)}
    )
    RETURNING id`;
}
