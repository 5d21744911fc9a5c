/**
 * `background queue` and `requeue`
 *
 * @module
 */

import type { Command } from "commander";
import type { QueueRequest, QueueResult } from "../../../background/control/queue_migration.ts";
import type { BackgroundTables } from "../../../background/state/rows.ts";
import type { Session } from "../../../connection/session/session.ts";
import type { BatchedMigration } from "../../../definition/batched/batched_migration.ts";
import { resolveReference } from "../../../definition/batched/batched_reference.ts";
import { VERSION } from "../../../version.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { findDeclared } from "./find_declared.ts";
import { withSelectedMigration } from "./with_migration.ts";
import { type ReasonOptions, withMigration, withReason } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples } from "../../invocation/options.ts";
import { wrap } from "../../output/wrap.ts";

interface RequeueOptions extends ReasonOptions {
  readonly force?: boolean;
  readonly down?: boolean;
}

/** Queues a declared batched migration. */
export function queueCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("queue")
    .summary("queue one by hand")
    .description(
      "Queues a batched migration declared in background/<name>.yaml, as a schema migration " +
        "does with queues:. Checks its table first. Does nothing if it is already queued.",
    );
  withExamples(
    withMigration(withReason(command)),
    "migrator background queue backfill_routes",
    `migrator background queue backfill_routes --arguments '{"tenant": 7}'`,
  ).action(async (word: string, options: ReasonOptions) => {
    const invocation = begin(options);
    const { target: { name: database, history: name }, declaration } = await findDeclared(
      invocation,
      { name: word, arguments: options.arguments, command: "background queue" },
    );
    const session = await (await invocation.connector(database)).open({
      applicationName: `migrator background ${database} (queue)`,
      signal: invocation.signal,
    });
    try {
      const { reason } = options;
      await queue(invocation, { session, name, declaration, mode: "first", reason });
    } finally {
      await session.close();
    }
  });
}

/** Queues a new generation. */
export function requeueCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("requeue")
    .summary("queue one again: it processes all rows anew")
    .description(
      "Queues a new generation of a batched migration, which processes all rows again. It " +
        "uses the declaration in the files, or the stored one if there is no file. The record " +
        "of the old generation stays. If the old one is unfinished, it does nothing unless " +
        "--force ends that one.",
    )
    .option("--force", "end the unfinished generation")
    .option("--down", "run the statements of `down:` instead");
  withExamples(
    withMigration(withReason(command)),
    'migrator background requeue backfill_routes --reason "fixed its SQL"',
    "migrator background requeue 12 --force --db frontend",
  ).action(async (word: string, options: RequeueOptions) => {
    const invocation = begin(options);
    const typed = { word, arguments: options.arguments, command: "background requeue" };
    await withSelectedMigration(invocation, typed, async ({ session, name, snapshot }) => {
      const { set } = await invocation.target(name.database);
      const reference = { name: snapshot.name, arguments: snapshot.arguments };
      const declared = resolveReference(reference, set.background);
      const { readMigrationDetails } = await import("../../../background/status/read_details.ts");
      const which = { migration: snapshot.id, events: 1 };
      const { migration } = await readMigrationDetails(session, name, which);
      const { reason, force, down } = options;
      await queue(invocation, {
        session,
        name,
        declaration: declared ?? migration.declaration,
        mode: force ? "in any case" : "anew",
        direction: down ? "down" : "up",
        reason,
      });
      if (declared === undefined) {
        invocation.output.print("  no file declares it any more: as it was queued before");
      }
    });
  });
}

async function queue(
  { output }: Invocation,
  { session, name, declaration, ...how }:
    & Pick<QueueRequest, "declaration" | "mode" | "direction" | "reason">
    & { readonly session: Session; readonly name: BackgroundTables },
): Promise<void> {
  const { queueManually } = await import("../../../background/control/queue_migration.ts");
  const about = { declaration, who: operatorIdentity(), toolVersion: VERSION };
  const queued = await queueManually(session, name, { ...about, ...how });
  const { database } = name;
  output.print(`${database}: ${queuedText(declaration, queued)}`);
  for (const { message, hint, code } of queued.warnings) {
    output.print(...wrap("  ", message));
    output.print(...wrap("    next: ", hint));
    output.record({ event: "finding", database, level: "warn", code, message, hint });
  }
  const { id, status, generation, isNew } = queued;
  const facts = { id, jobClassName: declaration.name, status, generation, queued: isNew };
  output.finished({ database, ...facts });
}

function queuedText(
  { name }: BatchedMigration,
  { id, generation, status, isNew }: QueueResult,
): string {
  if (isNew) {
    return `${name} is queued (${id}${generation > 1 ? `, generation ${generation}` : ""})`;
  }
  const again = status === "active" || status === "paused"
    ? ""
    : `; to walk all rows again: migrator background requeue ${id}`;
  return `${name} was queued before (${id}) and is ${status}${again}`;
}
