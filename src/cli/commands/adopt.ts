/**
 * `adopt`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { ADOPTABLE } from "../../adoption/tools.ts";
import { Failure } from "../../failure.ts";
import type { AdoptOptions } from "../apply/adopt.ts";
import {
  GROUPS,
  parseVersionOption,
  type StartInvocation,
  withDirectUrl,
  withExamples,
  withServer,
} from "../invocation/options.ts";

/** Takes over a database from another tool. */
export function adoptCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("adopt").helpGroup(GROUPS.apply)
    .summary("take over a database that another tool migrated")
    .description(
      "Reads the history table of another tool, compares it with the migrations, and records in one " +
        "transaction what is applied, with the times of that table. Runs nothing, and leaves the " +
        "table as it is. Migrations that migrator has a history of keep it, so that it can be " +
        "repeated while the other tool is still in use. --baseline does the same for a database that no " +
        "tool knows: the version and everything before it is recorded as applied.",
    )
    .addOption(
      new Option("--from <tool>", "the tool whose table is read").choices(ADOPTABLE),
    )
    .option("--table <name>", "its table, where it has another name, or there are several")
    .addOption(
      new Option(
        "--failed-as <state>",
        "what holds of migrations that failed or did not end there",
      ).choices(["applied", "pending"]),
    )
    .option(
      "--baseline <version>",
      "record this version and everything before it as applied",
      parseVersionOption,
    )
    .option("--reason <text>", "with --baseline: why that holds; kept with each row")
    .option("--dry-run", "show what would be recorded, and record nothing");
  withExamples(
    withServer(withDirectUrl(command)),
    "migrator adopt --from golang-migrate --dry-run",
    "migrator adopt --from flyway --db shop --table audit.flyway_schema_history",
    'migrator adopt --baseline 1650000100 --reason "restored from a dump"',
  )
    .action(async (options: AdoptOptions) => {
      refuseContradiction(options);
      const invocation = begin(options);
      const { adopt } = await import("../apply/adopt.ts");
      await adopt(invocation, options);
    });
}

function refuseContradiction({ from, baseline, table, failedAs, reason }: AdoptOptions): void {
  const refuse = (message: string, hint: string): never => {
    throw new Failure("usage/adopt-from", message, { hint });
  };
  if ((from === undefined) === (baseline === undefined)) {
    refuse(
      from === undefined
        ? "Say what to take over: --from a tool, or --baseline a version."
        : "Say either --from or --baseline, not both.",
      `migrator adopt --from TOOL --dry-run, where TOOL is one of ${ADOPTABLE.join(", ")}; ` +
        "migrator status says which tool's history a database has",
    );
  }
  if (baseline !== undefined && (table ?? failedAs) !== undefined) {
    refuse("--table and --failed-as go with --from.", `migrator adopt --baseline ${baseline}`);
  }
  if (from !== undefined && reason !== undefined) {
    refuse("--reason goes with --baseline.", `migrator adopt --from ${from} --dry-run`);
  }
}
