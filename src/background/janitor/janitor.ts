/**
 * The janitor: batches of migrations that are over become one row, and their log a file.
 *
 * Any number may run: of each migration one of them has the lease.
 *
 * @module
 */

import { ownRead } from "../../connection/own_read.ts";
import { unlessMissing } from "../../history/store.ts";
import { tablesOf } from "../store.ts";
import { withRights } from "../with_rights.ts";
import type { Destination } from "./destination.ts";
import { claimPart, fold, type Folded, type JanitorContext } from "./fold.ts";
import { type Ages, candidates } from "./part.ts";

/** Something that could be folded. */
export interface Foldable {
  readonly migration: string;
  readonly name: string;
  /** Batches that it has, whatever their state. */
  readonly jobs: number;
  /** A janitor began, and did not come to its end. */
  readonly isLeft: boolean;
}

/**
 * What could be folded now.
 *
 * @returns Empty also where nothing was ever queued.
 * @throws {Failure} `history/not-readable`.
 */
export async function readFoldable(
  { session, name }: Pick<JanitorContext, "session" | "name">,
  ages: Ages,
): Promise<readonly Foldable[]> {
  const { migrations, jobs } = tablesOf(name);
  const read = ownRead(
    session,
    "SELECT c.id, c.is_left, m.job_class_name, (SELECT pg_catalog.count(*) FROM " +
      `${jobs} AS j WHERE j.batched_background_migration_id = c.id) AS jobs FROM (${
        candidates(name, { ages, without: [], limit: undefined })
      }) AS c JOIN ${migrations} AS m ON m.id = c.id ORDER BY c.id`,
  );
  const rows = await read.catch((error: unknown) => unlessMissing(error, [], name));
  return rows.map((row) => ({
    migration: row["id"]!,
    name: row["job_class_name"]!,
    jobs: Number(row["jobs"]),
    isLeft: row["is_left"] === "t",
  }));
}

/**
 * Folds whatever can be folded.
 *
 * @param options.to Undefined: the log is not kept.
 * @throws {Failure} `background/archive*`: what was not kept was not deleted; `history/untrusted`,
 * `background/missing-right`, `connection/lost`, and the signal's reason.
 */
export async function runJanitor(
  context: JanitorContext,
  { ages, to }: { readonly ages: Ages; readonly to: Destination | undefined },
): Promise<readonly Folded[]> {
  const folded: Folded[] = [];
  const without: string[] = [];
  const { session, name, signal } = context;
  if ((await readFoldable(context, ages)).length === 0) return folded;
  return await withRights(session, name, async () => {
    for (;;) {
      signal.throwIfAborted();
      const claimed = await claimPart(context, { ages, without });
      if (claimed === undefined) return folded;
      without.push(claimed.migration);
      const one = await fold(context, claimed, to);
      if (one !== undefined) folded.push(one);
    }
  });
}
