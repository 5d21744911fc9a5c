/**
 * The janitor: compacts the batches of finished migrations into one row each, and archives their
 * log.
 *
 * Any number of janitors may run; one of them holds the lease of a migration.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import { unlessMissing } from "../../history/read_history.ts";
import { tablesOf } from "../state/rows.ts";
import { withPrivileges } from "../state/with_privileges.ts";
import type { Destination } from "../archive/destination.ts";
import { claimChunk, compact, type CompactionResult } from "./compact.ts";
import type { JanitorContext } from "./janitor_context.ts";
import { candidates, type RetentionAges } from "./chunk.ts";

/** A migration that can be compacted. */
export interface CompactableMigration {
  readonly migration: string;
  readonly name: string;
  /** The number of its batches, in any state. */
  readonly jobs: number;
  /** Whether a janitor started a chunk and did not complete it. */
  readonly isLeft: boolean;
}

/**
 * Reads the migrations that can be compacted now.
 *
 * @returns Empty also if the tables do not exist.
 * @throws {Failure} `history/not-readable`.
 */
export async function readCompactable(
  { session, name }: Pick<JanitorContext, "session" | "name">,
  ages: RetentionAges,
): Promise<readonly CompactableMigration[]> {
  const { migrations, jobs } = tablesOf(name);
  const read = catalogRead(
    session,
    `SELECT c.id, c.is_left, m.job_class_name,
      (SELECT count(*) FROM ${jobs} AS j WHERE j.batched_background_migration_id = c.id) AS jobs
    FROM (
      ${candidates(name, { ages, without: [], limit: undefined })}
    ) AS c
    JOIN ${migrations} AS m ON m.id = c.id
    ORDER BY c.id`,
  );
  const rows = await read.catch((error: unknown) =>
    unlessMissing(error, { missing: [], session, name })
  );
  return rows.map((row) => ({
    migration: row["id"]!,
    name: row["job_class_name"]!,
    jobs: Number(row["jobs"]),
    isLeft: row["is_left"] === "t",
  }));
}

/**
 * Compacts every batch that is old enough.
 *
 * @param options.to The destination of archives; undefined: the log is not archived.
 * @throws {Failure} `background/archive*`: only archived batches were deleted; `history/untrusted`,
 * `background/missing-right`, `connection/lost`, and the signal's reason.
 */
export async function runJanitor(
  context: JanitorContext,
  { ages, to }: { readonly ages: RetentionAges; readonly to: Destination | undefined },
): Promise<readonly CompactionResult[]> {
  const compactionResults: CompactionResult[] = [];
  const without: string[] = [];
  const { session, name, signal } = context;
  if ((await readCompactable(context, ages)).length === 0) return compactionResults;
  return await withPrivileges(session, name, async () => {
    for (;;) {
      signal.throwIfAborted();
      const claimedChunk = await claimChunk(context, { ages, without });
      if (claimedChunk === undefined) return compactionResults;
      without.push(claimedChunk.migration);
      const one = await compact(context, claimedChunk, to);
      if (one !== undefined) compactionResults.push(one);
    }
  });
}
