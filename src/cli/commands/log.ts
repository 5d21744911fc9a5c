/**
 * `log add`
 *
 * @module
 */

import type { Command } from "commander";
import type { Direction } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseVersionOption as parseVersion,
  type StartInvocation,
  withDirectUrl,
  withExamples,
  withJson,
  withServer,
} from "../invocation/options.ts";

interface AddOptions extends GlobalOptions {
  readonly up?: boolean;
  readonly down?: boolean;
  readonly reason: string;
  readonly dryRun?: boolean;
}

const EXAMPLE = 'migrator log add 1650000100 --down --reason "table dropped" --db frontend';

/** Lets a person correct the history. */
export function logCommand(program: Command, begin: StartInvocation): void {
  const group = program.command("log").helpGroup(GROUPS.author)
    .summary("correct the history by hand (log add)")
    .description("Corrects the history of a database after you have checked the database itself.")
    .usage("add <version> [options]");
  withExamples(withJson(group), EXAMPLE, "migrator log add --help");
  const command = group.command("add")
    .summary("record that a migration is applied, or is not")
    .description(
      "Records that a migration is applied (--up) or not applied (--down), and runs none of " +
        "its SQL. Use it for a migration that ran outside a transaction and was interrupted: " +
        "first look at what it left (migrator describe), then complete or revert it by hand, " +
        "then record what you did.",
    )
    .argument("<version>", "the version of the migration", parseVersion)
    .option("--up", "all of it is in the database")
    .option("--down", "nothing of it is in the database")
    .requiredOption("--reason <text>", "what you found and did; stored in the history")
    .option("--dry-run", "show what would be recorded, and record nothing");
  withExamples(
    withServer(withDirectUrl(command)),
    EXAMPLE,
    'migrator log add 1650000100 --up --reason "built its index by hand"',
  )
    .action(async (version: bigint, options: AddOptions) => {
      const direction = directionOf(version, options);
      const { recordCommand, requireReason } = await import("../apply/record_manually.ts");
      const reason = requireReason(options.reason, { command: "log add", example: EXAMPLE });
      const { dryRun = false } = options;
      await recordCommand(begin(options), { version, direction, reason, dryRun });
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
