/**
 * `up`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { Failure } from "../../failure.ts";
import type { DriftShadow } from "../apply/look_for_drift.ts";
import type { PrivilegedOptions } from "../apply/privileged.ts";
import type { UpChoice } from "../apply/up_planner.ts";
import {
  fromScratchOption,
  GROUPS,
  parseVersionsOption,
  shadowOption,
  type StartInvocation,
  withExamples,
  withFinalize,
  withRun,
} from "../invocation/options.ts";

/** Applies pending migrations. */
export function upCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("up").helpGroup(GROUPS.apply)
    .summary("apply all pending migrations")
    .description(
      "Applies every pending migration, parents before children. Each runs in its own " +
        "transaction, which also writes its history row. You can start any number of runs at " +
        "the same time: one works, and the others wait for it.",
    )
    .option(
      "--target <version>",
      "only this migration and its ancestors; may be repeated",
      parseVersionsOption,
    )
    .addOption(fromScratchOption())
    .option("--unprivileged-only", "stop if a privileged migration is pending, and print its SQL")
    .option(
      "--noop-privileged",
      "print the SQL of privileged migrations for an administrator; once confirmed, record " +
        "them as applied",
    )
    .option(
      "--confirm <hash>",
      "with --noop-privileged: confirms that the printed SQL was run by hand",
    )
    .addOption(
      new Option(
        "--drift <way>",
        "look first whether the live schema is what the applied migrations made; if it is not, run " +
          "nothing, or warn and run",
      ).choices(["refuse", "warn"]),
    )
    .addOption(shadowOption())
    .option("--no-squash", "run each migration in a new database, although there is a squash");
  withExamples(
    withRun(withFinalize(command)),
    "migrator up",
    "migrator up --db frontend --dry-run",
    "migrator up --database-url postgres://app@db.example/shop",
    "migrator up --noop-privileged    # prints SQL for an administrator",
    "migrator up --database-url pglite:./try    # no server: embedded PostgreSQL",
  )
    .action(async (options: UpOptions) => {
      const invocation = begin(options);
      refuseContradiction(options);
      const { upPlanner } = await import("../apply/up_planner.ts");
      const request = { options, ...await upPlanner(invocation, options) };
      if (options.drift !== undefined) {
        const { checkDrift } = await import("../apply/check_drift.ts");
        await checkDrift(invocation, request.names, { ...options, way: options.drift });
      }
      if (options.noopPrivileged || options.unprivilegedOnly) {
        const { runNoopPrivileged, runUnprivileged } = await import("../apply/privileged.ts");
        return await (options.noopPrivileged ? runNoopPrivileged : runUnprivileged)(
          invocation,
          request,
        );
      }
      const { runCommand } = await import("../apply/run_command.ts");
      await runCommand(invocation, request);
    });
}

type UpOptions = PrivilegedOptions & UpChoice & DriftShadow & {
  readonly drift?: "refuse" | "warn";
};

function refuseContradiction({ unprivilegedOnly, noopPrivileged, confirm }: UpOptions): void {
  if (unprivilegedOnly && noopPrivileged) {
    throw new Failure(
      "usage/privileged-flags",
      "Say either --unprivileged-only or --noop-privileged, not both.",
      { hint: "To have privileged SQL printed and recorded: migrator up --noop-privileged" },
    );
  }
  if (confirm !== undefined && !noopPrivileged) {
    throw new Failure("usage/privileged-flags", "--confirm needs --noop-privileged.", {
      hint: `migrator up --noop-privileged --confirm ${confirm}`,
    });
  }
}
