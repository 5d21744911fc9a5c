/**
 * `log add`
 *
 * @module
 */

import type { Command } from "commander";
import type { Direction } from "../../definition/definition.ts";
import { Failure } from "../../failure.ts";
import type { History } from "../../history/state.ts";
import type { GlobalOptions, Invocation, Target } from "../invocation.ts";
import {
  type Begin,
  GROUPS,
  version as parseVersion,
  withExamples,
  withJson,
  withServer,
} from "../options.ts";

interface AddOptions extends GlobalOptions {
  readonly up?: boolean;
  readonly down?: boolean;
  readonly reason: string;
  readonly dryRun?: boolean;
}

const EXAMPLE = 'migrator log add 1650000100 --down --reason "table dropped" --db frontend';

/** Lets a person correct what the history says. */
export function logCommand(program: Command, begin: Begin): void {
  const group = program.command("log").helpGroup(GROUPS.write)
    .summary("record by hand what is in a database (log add)")
    .description("Corrects the history of a database, after a person has looked at it.")
    .usage("add <version> [options]");
  withExamples(withJson(group), EXAMPLE, "migrator log add --help");
  const command = group.command("add")
    .summary("record that a migration is applied, or is not")
    .description(
      "Records that a migration is applied (--up) or is not (--down), and runs nothing of it: the " +
        "way out for one that ran outside a transaction and was cut off. First see what it left " +
        "(migrator describe), and complete it or take it back by hand.",
    )
    .argument("<version>", "which one", parseVersion)
    .option("--up", "all of it is in the database")
    .option("--down", "nothing of it is in the database")
    .requiredOption("--reason <text>", "what was found and done; kept with the attempt")
    .option("--dry-run", "show what would be recorded, and record nothing");
  withExamples(
    withServer(command),
    EXAMPLE,
    'migrator log add 1650000100 --up --reason "built its index by hand"',
  )
    .action(async (version: bigint, options: AddOptions) => {
      const direction = directionOf(version, options);
      const reason = options.reason.trim();
      if (reason === "") {
        throw new Failure("usage/missing-option", "migrator log add needs --reason <text>.", {
          hint: `For example: ${EXAMPLE}`,
        });
      }
      const { dryRun = false } = options;
      await addLog(begin(options), { version, direction, reason, dryRun });
    });
}

function directionOf(version: bigint, { up, down }: AddOptions): Direction {
  if (up !== down) return up ? "up" : "down";
  throw new Failure(
    "usage/which-direction",
    up
      ? "Say either --up or --down, not both."
      : "Say what holds: --up when all of it is in the database, --down when nothing is.",
    { hint: `Look first: migrator describe ${version}` },
  );
}

interface Wish {
  readonly version: bigint;
  readonly direction: Direction;
  readonly reason: string;
  readonly dryRun: boolean;
}

async function addLog(invocation: Invocation, wish: Wish): Promise<void> {
  const { version, direction, reason, dryRun } = wish;
  const { output, signal } = invocation;
  const { databasesOf } = await import("../choose.ts");
  const [name = ""] = (await databasesOf(invocation, [version])).keys();
  const target = await invocation.target(name);
  const connector = await invocation.connector(name);
  const { planByHand, standingOf } = await import("../../plan/by_hand.ts");
  const { describe } = await import("../../plan/plan.ts");
  const before = await look(invocation, target);
  const seen = standingOf(before, version);
  const plan = (history: History) =>
    planByHand({ database: name, graph: target.graph, history }, { version, direction, seen });
  const { steps: [step] } = plan(before);
  refuseRunning(before, { version, database: name });
  const what = `${describe(step!.definition)} is ${direction === "up" ? "applied" : "not applied"}`;
  if (dryRun) {
    output.print(`${name}: would record that ${what}; it is ${seen} on ${connector.label}`);
  } else {
    const { run } = await import("../../runner/run.ts");
    const { byHand } = await import("../../runner/by_hand.ts");
    const { runOptions } = await import("../move.ts");
    const { systemClock } = await import("../../runtime/clock.ts");
    const { identity } = await import("../../runtime/process.ts");
    const { VERSION } = await import("../../version.ts");
    await run({
      history: target.history,
      connector,
      runner: { ...identity(), toolVersion: VERSION },
      options: runOptions({}),
      clock: systemClock,
      // Nothing is "to run".
      report: (event) => event.type === "planned" || output.event(event),
      signal,
      plan,
      carryOut: byHand(reason),
    });
    output.print(`${name}: recorded that ${what}, which was ${seen}; nothing was run`);
  }
  output.finished({ database: name, version, direction, reason, dry_run: dryRun });
}

async function look(invocation: Invocation, { name, history }: Target): Promise<History> {
  const { readHistory } = await import("../../history/store.ts");
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (log add)`,
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
