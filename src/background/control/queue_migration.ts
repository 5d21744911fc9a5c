/**
 * Queues a batched migration by hand, for the first time or anew.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { argumentFaults } from "../../definition/batched/batched_parameters.ts";
import { Failure, throwCollected } from "../../failure.ts";
import { ensureTables } from "../state/ensure_tables.ts";
import { transaction } from "../state/own_transaction.ts";
import { ofIdentity, queueMigration } from "../state/queue_sql.ts";
import { type BatchedMigrationStatus, toMigrationStatus } from "../state/state_machine.ts";
import { type BackgroundTables, type BatchedDirection, tablesOf } from "../state/rows.ts";
import { examineTable } from "../strategy/plan_scan.ts";
import { refusals, type TableFinding } from "../strategy/finding.ts";
import { wrongState } from "./wrong_state.ts";

/** What is queued, and who says so. */
export interface QueueRequest {
  readonly declaration: BatchedMigration;
  /**
   * Where it was queued before: nothing is done unless it was deleted; it is queued anew when it is
   * over; or in any case, and what is unfinished of it ends.
   */
  readonly mode: "first" | "anew" | "in any case";
  /** Default: up. */
  readonly direction?: BatchedDirection;
  readonly who: string;
  readonly reason: string | undefined;
  readonly toolVersion: string;
}

/** The generation that there is now. */
export interface QueueResult {
  readonly id: string;
  readonly status: BatchedMigrationStatus;
  readonly generation: number;
  /** False: it was there before. */
  readonly isNew: boolean;
  /** What is worth knowing about walking its table. */
  readonly warnings: readonly TableFinding[];
}

/** States in which queueing it anew would end something. */
const UNDER_WAY: readonly BatchedMigrationStatus[] = ["active", "paused", "finalizing"];

/**
 * Looks at the table, and queues. No transaction is open, before and after.
 *
 * @throws {Failure | Failures} `background/*`: the table cannot be walked as declared, or it is not
 * the time; `history/untrusted`.
 */
export async function queueManually(
  session: Session,
  name: BackgroundTables,
  { declaration, mode, who, reason, toolVersion, direction = "up" }: QueueRequest,
): Promise<QueueResult> {
  if (direction === "down" && declaration.down === undefined) throw noWayBack(declaration);
  refuseUnfit(declaration);
  await ensureTables(session, name);
  const cause = { version: undefined, who, toolVersion };
  try {
    return await transaction(session, async () => {
      const before = await newest(session, name, declaration);
      if (before !== undefined && before.status !== "deleted") {
        if (mode === "first") return { ...before, isNew: false, warnings: [] };
        if (mode === "anew" && UNDER_WAY.includes(before.status)) {
          throw underWay({ ...before, name: declaration.name }, name.database);
        }
      }
      const { findings } = await examineTable(session, declaration);
      throwCollected(refusals(findings, declaration));
      await session.query(queueMigration(name, { declaration, cause, reason, direction }));
      const queued = (await newest(session, name, declaration))!;
      return { ...queued, isNew: true, warnings: findings };
    });
  } catch (error) {
    if (!(error instanceof SqlError) || error.server.sqlstate !== "23505") throw error;
    throw new Failure(
      "background/queued-meanwhile",
      `Somebody else has queued batched migration ${declaration.name} of "${name.database}" at ` +
        "the same moment.",
      { hint: `See: migrator background show ${declaration.name} --db ${name.database}` },
    );
  }
}

function noWayBack({ name, path }: BatchedMigration): Failure {
  return new Failure("background/no-way-back", `${path} declares no way back for ${name}.`, {
    hint: "Say what takes a sub-batch back under `down:`, and queue it again.",
    place: { file: path },
  });
}

/** What a job in TypeScript could not work with. */
function refuseUnfit({ path, parameters, arguments: given }: BatchedMigration): void {
  const faults = parameters ? argumentFaults(parameters, given) : [];
  throwCollected(
    faults.map((fault) =>
      new Failure("background/unfit-argument", `${path} ${fault}.`, {
        hint: 'Give its arguments as JSON: --arguments \'{"name": "value"}\'',
      })
    ),
  );
}

async function newest(
  session: Session,
  name: BackgroundTables,
  declaration: BatchedMigration,
): Promise<Pick<QueueResult, "id" | "status" | "generation"> | undefined> {
  const { rows } = await session.query(
    `SELECT id, status, generation
    FROM ${tablesOf(name).migrations}
    WHERE ${ofIdentity(name, declaration)}
    ORDER BY generation DESC
    LIMIT 1`,
  );
  const [row] = rows;
  return row && {
    id: row["id"]!,
    status: toMigrationStatus(Number(row["status"])),
    generation: Number(row["generation"]),
  };
}

function underWay(
  standing: { readonly id: string; readonly name: string; readonly status: BatchedMigrationStatus },
  database: string,
): Failure {
  const { message, facts, code } = wrongState(standing, { database, refused: "queued anew" });
  const { id } = standing;
  return new Failure(code, message, {
    hint: `End it and begin anew: migrator background requeue ${id} --force --db ${database}`,
    facts,
  });
}
