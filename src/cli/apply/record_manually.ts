/**
 * Records what a person found or did: `log add` and `force`.
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import type { Definition, Direction } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { Graph } from "../../graph/graph.ts";
import type { History } from "../../history/history.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { Invocation } from "../invocation/invocation.ts";

/** What a person states about a migration. */
export interface ManualRecord {
  readonly version: bigint;
  /** `up`: it is applied completely; `down`: nothing of it is in the database. */
  readonly direction: Direction;
  readonly reason: string;
  readonly dryRun: boolean;
  /** Refuses what must not be recorded. @throws {Failure} */
  readonly refuse?: (target: Target, found: History) => void;
  /** A sentence printed after recording. */
  readonly after?: string;
}

/**
 * The text of `--reason`, which must say something.
 *
 * @param example The whole line to type, for the hint.
 * @throws {Failure} `usage/missing-option`.
 */
export function requireReason(
  text: string,
  { command, example }: { readonly command: string; readonly example: string },
): string {
  const reason = text.trim();
  if (reason !== "") return reason;
  throw new Failure("usage/missing-option", `migrator ${command} needs --reason <text>.`, {
    hint: `For example: ${example}`,
  });
}

/**
 * Reads the state, records the migration under the lock if the state is unchanged, and reports it.
 *
 * @throws {Failure} `plan/unknown-target`, `history/already-so`, `history/changed`,
 * `history/running`, and what `refuse` throws.
 */
export async function recordCommand(
  invocation: Invocation,
  manualRecord: ManualRecord,
): Promise<void> {
  const { version, direction, reason, dryRun } = manualRecord;
  const { output, signal } = invocation;
  const { databasesOf } = await import("../invocation/choose_databases.ts");
  const [name = ""] = (await databasesOf(invocation, [version])).keys();
  const target = await invocation.target(name);
  const connector = await invocation.connector(name);
  const { planManualRecord, recordedStateOf } = await import("../../plan/manual_record.ts");
  const { migrationLabel } = await import("../../plan/plan.ts");
  const { before, graph } = await look(invocation, target, version);
  manualRecord.refuse?.(target, before);
  const seen = recordedStateOf(before, version);
  const plan = (history: History) =>
    planManualRecord({ database: name, graph, history }, { version, direction, seen });
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
      // Nothing will run, so the plan is not reported.
      report: (event) => event.type === "planned" || output.event(event),
      signal,
      plan,
      execute: recordSteps(reason),
      recordsOnly: true,
    });
    output.print(`${name}: recorded that ${what}, which was ${seen}; nothing was run`);
    if (manualRecord.after !== undefined) output.print(manualRecord.after);
  }
  output.finished({ database: name, version, direction, reason, dry_run: dryRun });
}

/** The state, and the graph with the version, also if only the database has its definition. */
async function look(
  invocation: Invocation,
  target: Target,
  version: bigint,
): Promise<{ readonly before: History; readonly graph: Graph<Definition> }> {
  const { name, set, history } = target;
  const { storedGraph } = await import("../../source/stored_definitions.ts");
  const { readHistory } = await import("../../history/read_history.ts");
  const { reportChecksumMismatches } = await import(
    "../../workspace/report_checksum_mismatches.ts"
  );
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (by hand)`,
    condition: isInstalled(history),
    signal: invocation.signal,
  });
  try {
    const found = await readHistory(session, history);
    await reportChecksumMismatches(invocation, target, { found, session });
    const versions = new Set([version]);
    const graph = await storedGraph(session, { set, history: found, where: history, versions });
    return { before: found, graph };
  } finally {
    await session.close();
  }
}

/** The outcome of a running attempt is unknown, so it must not be recorded. */
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
