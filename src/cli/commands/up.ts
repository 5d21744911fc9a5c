/**
 * `up`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { Failure } from "../../failure.ts";
import type { PrivilegedOptions } from "../apply/privileged.ts";
import {
  GROUPS,
  limit,
  type StartInvocation,
  versions,
  withExamples,
  withRun,
} from "../invocation/options.ts";

/** Applies what is pending. */
export function upCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("up").helpGroup(GROUPS.move)
    .summary("apply what is pending, in every database")
    .description(
      "Applies every migration that is not applied yet, parents before children, each in a " +
        "transaction of its own together with its history row. Any number may be started at the " +
        "same time; one of them works and the others wait for it.",
    )
    .option(
      "--target <version>",
      "only this migration and what it needs; may be repeated",
      versions,
    )
    .option("--unprivileged-only", "refuse when something privileged is pending, and print its SQL")
    .option(
      "--noop-privileged",
      "print privileged SQL for an administrator, record it when confirmed",
    )
    .option("--confirm <hash>", "with --noop-privileged: the printed SQL was run by hand")
    .addOption(
      new Option(
        "--finalize <way>",
        "what to do about an unfinished batched migration that one needs (default: run)",
      ).choices(["check", "wait", "run"]),
    )
    .option(
      "--finalize-deadline <time>",
      "how long that may take (default: as long as it takes)",
      limit,
    );
  withExamples(
    withRun(command),
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
      const wish = { options, ...await upPlanner(invocation, options.target) };
      if (options.noopPrivileged || options.unprivilegedOnly) {
        const { runNoopPrivileged, runUnprivileged } = await import("../apply/privileged.ts");
        return await (options.noopPrivileged ? runNoopPrivileged : runUnprivileged)(
          invocation,
          wish,
        );
      }
      const { runCommand } = await import("../apply/run_command.ts");
      await runCommand(invocation, wish);
    });
}

type UpOptions = PrivilegedOptions & { readonly target?: readonly bigint[] };

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
