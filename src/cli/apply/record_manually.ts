/**
 * Records what a person found or did: `log add` and `force`.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { History } from "../../history/history.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";

/** What a person says of a migration. */
export interface ManualRecord {
  readonly version: bigint;
  /** `up`: all of it is in the database; `down`: nothing is. */
  readonly direction: Direction;
  readonly reason: string;
  readonly dryRun: boolean;
  /** Refuses what may not be recorded. @throws {Failure} */
  readonly refuse?: (target: Target, found: History) => void;
  /** What else is to be said when it is recorded. */
  readonly after?: string;
}

/**
 * Looks, records it under the lock if it still stands as it was seen, and says so.
 *
 * @throws {Failure} `plan/unknown-target`, `history/already-so`, `history/changed`,
 * `history/running`, and what `refuse` throws.
 */
export async function recordCommand(invocation: Invocation, wish: ManualRecord): Promise<void> {
  const { version, direction, reason, dryRun } = wish;
  const { output, signal } = invocation;
  const { databasesOf } = await import("../invocation/choose_databases.ts");
  const [name = ""] = (await databasesOf(invocation, [version])).keys();
  const target = await invocation.target(name);
  const connector = await invocation.connector(name);
  const { planManualRecord, recordedStateOf } = await import("../../plan/manual_record.ts");
  const { migrationLabel } = await import("../../plan/plan.ts");
  const before = await look(invocation, target);
  wish.refuse?.(target, before);
  const seen = recordedStateOf(before, version);
  const plan = (history: History) =>
    planManualRecord({ database: name, graph: target.graph, history }, {
      version,
      direction,
      seen,
    });
  const { steps: [step] } = plan(before);
  refuseRunning(before, { version, database: name });
  const what = `${migrationLabel(step!.definition)} is ${
    direction === "up" ? "applied" : "not applied"
  }`;
  if (dryRun) {
    output.print(`${name}: would record that ${what}; it is ${seen} on ${connector.label}`);
  } else {
    const { run } = await import("../../runner/execute/run.ts");
    const { recordSteps } = await import("../../runner/recover/record_steps.ts");
    const { systemClock } = await import("../../runtime/clock.ts");
    const { identity } = await import("../../runtime/process.ts");
    const { VERSION } = await import("../../version.ts");
    await run({
      history: target.history,
      connector,
      direct: await invocation.directConnector(name),
      runner: { ...identity(), toolVersion: VERSION },
      options: await invocation.runOptions(name, {}),
      clock: systemClock,
      // Nothing is "to run".
      report: (event) => event.type === "planned" || output.event(event),
      signal,
      plan,
      execute: recordSteps(reason),
      recordsOnly: true,
    });
    output.print(`${name}: recorded that ${what}, which was ${seen}; nothing was run`);
    if (wish.after !== undefined) output.print(wish.after);
  }
  output.finished({ database: name, version, direction, reason, dry_run: dryRun });
}

async function look(invocation: Invocation, { name, history }: Target): Promise<History> {
  const { readHistory } = await import("../../history/read_history.ts");
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (by hand)`,
    signal: invocation.signal,
  });
  try {
    return await readHistory(session, history);
  } finally {
    await session.close();
  }
}

/** What nobody can know the end of cannot be recorded. */
function refuseRunning(
  history: History,
  { version, database }: { readonly version: bigint; readonly database: string },
): void {
  if (history.versions.get(version)?.state !== "running") return;
  throw new Failure("history/running", `Migration ${version} of "${database}" is being run.`, {
    hint: `Wait for its end: migrator status --db ${database}`,
    facts: { database, version: String(version) },
  });
}
