/**
 * Queues a batched migration at a user's request, for the first time or again.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import { type Session, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { argumentFaults } from "../../definition/batched/batched_parameters.ts";
import { Failure, throwCollected } from "../../failure.ts";
import { ensureTables } from "../state/ensure_tables.ts";
import { transaction } from "../state/background_transaction.ts";
import { ofIdentity, queueMigration } from "../state/queue_sql.ts";
import { type BatchedMigrationStatus, toMigrationStatus } from "../state/state_machine.ts";
import { type BackgroundTables, type BatchedDirection, tablesOf } from "../state/rows.ts";
import { examineTable } from "../strategy/plan_scan.ts";
import { refusals, type TableFinding } from "../strategy/finding.ts";
import { wrongState } from "./wrong_state.ts";

/** The migration to queue, and the actor. */
export interface QueueRequest {
  readonly declaration: BatchedMigration;
  /**
   * If it was queued before: `first` does nothing unless it was deleted; `anew` queues it again if
   * it is not under way; `in any case` also ends an unfinished generation.
   */
  readonly mode: "first" | "anew" | "in any case";
  /** Default: up. */
  readonly direction?: BatchedDirection;
  readonly who: string;
  readonly reason: string | undefined;
  readonly toolVersion: string;
}

/** The newest generation. */
export interface QueueResult {
  readonly id: string;
  readonly status: BatchedMigrationStatus;
  readonly generation: number;
  /** Whether this request queued it. */
  readonly isNew: boolean;
  /** Warnings about scanning its table. */
  readonly warnings: readonly TableFinding[];
}

/** States in which queueing it again would end an unfinished generation. */
const UNDER_WAY: readonly BatchedMigrationStatus[] = ["active", "paused", "finalizing"];

/**
 * Examines the table and queues the migration. No transaction is open before or after.
 *
 * @throws {Failure | Failures} `background/*`: the table cannot be scanned as declared, or the
 * migration's state forbids it; `history/untrusted`.
 */
export async function queueManually(
  session: Session,
  name: BackgroundTables,
  { declaration, mode, who, reason, toolVersion, direction = "up" }: QueueRequest,
): Promise<QueueResult> {
  if (direction === "down" && declaration.down === undefined) throw irreversible(declaration);
  refuseUnfit(declaration);
  await ensureTables(session, name);
  const kept = await representableValue(session, { declaration, who, reason });
  const cause = { version: undefined, who: kept.who, toolVersion };
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
      await session.query(queueMigration(name, { ...kept, cause, direction }));
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

function irreversible({ name, path }: BatchedMigration): Failure {
  return new Failure("background/no-way-back", `${path} declares no way back for ${name}.`, {
    hint: "Say what takes a sub-batch back under `down:`, and queue it again.",
    place: { file: path },
  });
}

/** Refuses arguments that do not fit the parameters of a TypeScript job. */
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
    hint: `See how far it is: migrator background show ${id} --db ${database}. With --force the ` +
      "requeue ends it, and all that it has done is done again.",
    facts,
  });
}
