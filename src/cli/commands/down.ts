/**
 * `down` and `downto`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure } from "../../failure.ts";
import type { Invocation } from "../invocation/invocation.ts";
import type { RunCommandOptions } from "../apply/run_command.ts";
import {
  GROUPS,
  parseCountOption,
  parseVersionsOption,
  type StartInvocation,
  withExamples,
  withRun,
} from "../invocation/options.ts";

type DownOptions = RunCommandOptions & { readonly target?: readonly bigint[] };

/** Reverts migrations. */
export function downCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("down").helpGroup(GROUPS.apply)
    .summary("revert the last N migrations, or down to a version")
    .description(
      "Reverts applied migrations by running their down scripts, children before parents. " +
        "For a migration that this program does not carry, it runs the down script stored in " +
        "the database.",
    )
    .argument("[N]", "how many migrations to revert", parseCountOption)
    .option(
      "--target <version>",
      "revert all descendants of this migration, which itself stays applied; may be repeated",
      parseVersionsOption,
    );
  withExamples(
    withRun(command),
    "migrator down 1 --db frontend",
    "migrator down --target 1650000100 --db frontend --dry-run",
  )
    .action(async (number: number | undefined, options: DownOptions) => {
      const invocation = begin(options);
      if (number !== undefined && options.target === undefined) {
        const { oneDatabase } = await import("../invocation/choose_databases.ts");
        const name = await oneDatabase(invocation, `down ${number}`);
        return await back(invocation, options, new Map([[name, { kind: "count", count: number }]]));
      }
      if (number === undefined && options.target !== undefined) {
        return await downTo(invocation, options, options.target);
      }
      throw new Failure(
        "usage/how-far-down",
        number === undefined
          ? "Say how far back to go."
          : "Say either how many to take back or a target, not both.",
        { hint: "migrator down 1 --db NAME, or migrator down --target VERSION" },
      );
    });
}

/** `down --target` under the name that Sourcegraph's migrator uses. */
export function downtoCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("downto").helpGroup(GROUPS.apply)
    .summary("same as down --target")
    .description("Reverts all descendants of a migration. The migration itself stays applied.")
    .argument("[version]", "the migration that stays applied", parseVersionsOption)
    .option("--target <version>", "same as the argument; may be repeated", parseVersionsOption);
  withExamples(withRun(command), "migrator downto 1650000100 --db frontend --dry-run")
    .action(async (version: readonly bigint[] | undefined, options: DownOptions) => {
      const invocation = begin(options);
      const targets = [...version ?? [], ...options.target ?? []];
      if (targets.length === 0) {
        throw new Failure("usage/how-far-down", "Say which migration stays.", {
          hint: "migrator downto VERSION --db NAME",
        });
      }
      await downTo(invocation, options, targets);
    });
}

type HowFar =
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "targets"; readonly versions: readonly bigint[] };

async function downTo(
  invocation: Invocation,
  options: DownOptions,
  targets: readonly bigint[],
): Promise<void> {
  const { databasesOf } = await import("../invocation/choose_databases.ts");
  const found = await databasesOf(invocation, targets);
  const far = [...found].map(([name, versions]) =>
    [name, { kind: "targets", versions }] satisfies [string, HowFar]
  );
  await back(invocation, options, new Map<string, HowFar>(far));
}

async function back(
  invocation: Invocation,
  options: DownOptions,
  far: ReadonlyMap<string, HowFar>,
): Promise<void> {
  const { runCommand } = await import("../apply/run_command.ts");
  const { planDown } = await import("../../plan/down.ts");
  const { storedGraph } = await import("../../source/stored_definitions.ts");
  const { reportChecksumMismatches } = await import(
    "../../workspace/report_checksum_mismatches.ts"
  );
  await runCommand(invocation, {
    names: [...far.keys()],
    options,
    planner: async (target, { history, session }) => {
      const { name, set, history: where } = target;
      await reportChecksumMismatches(invocation, target, { found: history, session });
      const graph = await storedGraph(session, { set, history, where });
      return planDown({ database: name, graph, history }, far.get(name)!);
    },
  });
}
