/**
 * `repair`
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import type { Command } from "commander";
import { Failure, throwCollected } from "../../failure.ts";
import type { Diagnosis } from "../../plan/diagnosis.ts";
import type { InspectionResult } from "../../runner/recover/inspect_attempts.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseDurationOption,
  parseVersionOption as parseVersion,
  type StartInvocation,
  withDirectUrl,
  withExamples,
  withServer,
} from "../invocation/options.ts";
import type { AttemptFinding } from "../output/repair_finding.ts";

interface RepairOptions extends GlobalOptions {
  readonly continue?: boolean;
  readonly dryRun?: boolean;
  readonly lockWait?: number;
}

interface RepairRequest {
  readonly version: bigint | undefined;
  readonly mayContinue: boolean;
  readonly dryRun: boolean;
  readonly lockWait: number | undefined;
}

/** Diagnoses what an interrupted run left behind, and repairs what can be repaired. */
export function repairCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("repair").helpGroup(GROUPS.apply)
    .summary("repair what a failed or killed run left behind")
    .description(
      "Examines every migration that did not finish, and the server. Prints what it found " +
        "and what it will do, then does it under the migration lock: it drops an invalid index " +
        "that a migration left behind, and records what is certain. It runs statements of a " +
        "migration only with --continue. Exits with 5 if a person must decide, or if something " +
        "still runs.",
    )
    .argument("[version]", "only this migration", parseVersion)
    .option("--continue", "run the remaining statements, where that is safe")
    .option("--dry-run", "print the findings and the plan, and change nothing")
    .option(
      "--lock-wait <time>",
      "how long to wait for another runner or for a free connection (default: 5min)",
      parseDurationOption,
    );
  withExamples(
    withServer(withDirectUrl(command)),
    "migrator repair --dry-run",
    "migrator repair 1650000100 --db frontend",
    "migrator repair 1650000100 --continue --db frontend",
  )
    .action(async (version: bigint | undefined, options: RepairOptions) => {
      const mayContinue = options.continue === true;
      if (mayContinue && version === undefined) {
        throw new Failure("usage/missing-version", "repair --continue needs a version.", {
          hint: "See which: migrator repair --dry-run",
        });
      }
      const { dryRun = false, lockWait } = options;
      await repairAll(begin(options), { version, mayContinue, dryRun, lockWait });
    });
}

async function repairAll(invocation: Invocation, request: RepairRequest): Promise<void> {
  const { version, dryRun } = request;
  const { databasesOf } = await import("../invocation/choose_databases.ts");
  const names = version === undefined
    ? await invocation.databases()
    : [...(await databasesOf(invocation, [version])).keys()];
  const failures: Failure[] = [];
  const total = { found: 0, done: 0 };
  for (const name of names) {
    try {
      const { found, done, left } = await repairOne(
        invocation,
        await invocation.target(name),
        request,
      );
      total.found += found;
      total.done += done;
      failures.push(...left);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      if (invocation.signal.aborted) break;
    }
  }
  throwCollected(failures);
  invocation.output.finished({ databases: names, ...total, dry_run: dryRun });
}

interface Outcome {
  readonly found: number;
  readonly done: number;
  /** One for each problem that needs a person, and for each unfinished run. */
  readonly left: readonly Failure[];
}

async function repairOne(
  invocation: Invocation,
  target: Target,
  request: RepairRequest,
): Promise<Outcome> {
  const { output } = invocation;
  const { name: database } = target;
  const { canRepair } = await import("../../runner/recover/repair.ts");
  const {
    findingLines,
    findingRecord,
    unrepairedFailure,
    unfinishedRunFailure,
    runLines,
    runRecord,
  } = await import(
    "../output/repair_finding.ts"
  );
  const { label } = await invocation.connector(database);
  const { diagnoses, run } = await look(invocation, { target, request });
  const found = diagnoses.length + (run ? 1 : 0);
  if (found === 0) {
    const of = request.version === undefined ? "" : ` of ${request.version}`;
    output.print(`${database}: nothing to repair${of} on ${label}`);
    return { found, done: 0, left: [] };
  }
  output.print(`${output.style.bold(database)} on ${label}`);
  if (run) output.print(...runLines(run));
  const findings: AttemptFinding[] = [];
  for (const diagnosis of diagnoses) {
    const finding = await toFinding(diagnosis, { database, mayContinue: request.mayContinue });
    findings.push(finding);
    output.print(...findingLines(finding));
  }
  const isOver = !run?.backend && diagnoses.every(({ remedy }) => remedy.kind !== "wait");
  const isUseful = run !== undefined ||
    diagnoses.some((one) => canRepair(one, request.mayContinue));
  const done = new Set<bigint>();
  let isRunDone = false;
  try {
    if (isOver && isUseful && !request.dryRun) {
      await applyRepairs(invocation, { target, request, done });
      isRunDone = true;
    }
  } finally {
    const isDone = ({ diagnosis }: AttemptFinding) => done.has(diagnosis.attempt.version);
    for (const finding of findings) output.record(findingRecord(finding, isDone(finding)));
    if (run) output.record(runRecord(run, { database, done: isRunDone }));
  }
  const left = findings
    .filter(({ diagnosis }) => !done.has(diagnosis.attempt.version))
    .filter(({ diagnosis }) => diagnosis.remedy.kind !== "next-run")
    .filter(({ diagnosis }) => !(request.dryRun && canRepair(diagnosis, request.mayContinue)))
    .map(unrepairedFailure);
  const open = run && unfinishedRunFailure(run, database);
  if (isRunDone) output.print(`${database}: repaired ${done.size} of ${diagnoses.length}`);
  return {
    found,
    done: done.size + (isRunDone && run ? 1 : 0),
    left: open ? [open, ...left] : left,
  };
}

async function look(
  invocation: Invocation,
  { target, request }: { readonly target: Target; readonly request: RepairRequest },
): Promise<InspectionResult> {
  const { inspectAttempts } = await import("../../runner/recover/inspect_attempts.ts");
  const { readHistory } = await import("../../history/read_history.ts");
  const { reportChecksumMismatches } = await import(
    "../../workspace/report_checksum_mismatches.ts"
  );
  const connector = await invocation.connector(target.name);
  const session = await connector.open({
    applicationName: `migrator ${target.name} (repair)`,
    condition: isInstalled(target.history),
    signal: invocation.signal,
  });
  try {
    await reportChecksumMismatches(invocation, target, {
      found: await readHistory(session, target.history),
      session,
    });
    return await inspectAttempts(session, {
      ...target,
      version: request.version,
      holdsLock: false,
    });
  } finally {
    await session.close();
  }
}

async function toFinding(
  diagnosis: Diagnosis,
  { database, mayContinue }: { readonly database: string; readonly mayContinue: boolean },
): Promise<AttemptFinding> {
  const { script, at } = diagnosis;
  const statement = at === undefined ? undefined : script?.statements[at];
  if (script === undefined || statement === undefined) {
    return { database, diagnosis, statement: undefined, mayContinue };
  }
  const { statementPlace } = await import("../../runner/context/statement_failure.ts");
  const text = await script.read();
  const place = statementPlace(script, { text, offset: statement.start });
  const sql = text.slice(statement.start, statement.end);
  return { database, diagnosis, statement: { place, sql }, mayContinue };
}

/** Repairs what can be repaired; `done` receives the repaired versions. */
async function applyRepairs(
  invocation: Invocation,
  { target, request, done }: {
    readonly target: Target;
    readonly request: RepairRequest;
    readonly done: Set<bigint>;
  },
): Promise<void> {
  const { output, signal } = invocation;
  const { run } = await import("../../runner/execute/run.ts");
  const { repair } = await import("../../runner/recover/repair.ts");
  const { systemClock } = await import("../../runtime/clock.ts");
  const { identity } = await import("../../runtime/process.ts");
  const { VERSION } = await import("../../version.ts");
  const { version, mayContinue, lockWait } = request;
  const { plan, execute } = repair({ ...target, version }, {
    mayContinue,
    onDone: ({ attempt }) => done.add(attempt.version),
  });
  await run({
    history: target.history,
    connector: await invocation.connector(target.name),
    direct: await invocation.directConnector(target.name),
    runner: { ...identity(), toolVersion: VERSION },
    options: await invocation.runOptions(
      target.name,
      lockWait === undefined ? {} : { lockWait },
    ),
    clock: systemClock,
    // This command reports the repairs itself.
    report: (event) => event.type === "planned" || output.event(event),
    signal,
    plan,
    execute,
  });
}
