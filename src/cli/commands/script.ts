/**
 * `script …`
 *
 * @module
 */

import { type Command, Option } from "commander";
import type { DownTarget } from "../../plan/down.ts";
import { Failure } from "../../failure.ts";
import type { ScriptOptions } from "../apply/script.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { WRITABLE } from "../../script/foreign_writers.ts";
import {
  abandonOption,
  fromScratchOption,
  GROUPS,
  parseCountOption,
  parseLimitOption,
  parseVersionsOption,
  type StartInvocation,
  stateOption,
  withExamples,
  withJson,
  withServer,
} from "../invocation/options.ts";

/** Writes plans as files for psql. */
export function scriptCommand(program: Command, begin: StartInvocation): void {
  const group = program.command("script").helpGroup(GROUPS.package)
    .summary("write a plan as one file for psql")
    .description(
      "Writes what `up` or `down` would run as one SQL file, for an administrator who runs it with " +
        "psql and nothing else. The file refuses any other database or state, takes migrator's lock, " +
        "records each step in the history, and goes on where it stopped when it is run again.",
    )
    .usage("<command> [options]");
  withExamples(
    withJson(group),
    "migrator script up --output up.sql",
    "psql -X -f up.sql postgres://app@db.example/shop",
  );
  scriptUp(group, begin);
  scriptDown(group, begin);
  scriptDownto(group, begin);
  scriptUpgrade(group, begin);
  scriptRollback(group, begin);
}

/** For a database that another tool migrates. */
function withForeign(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--history <tool>",
        "for a database that this tool migrates: record the steps in its table",
      ).choices(WRITABLE).conflicts("state"),
    )
    .option(
      "--table <name>",
      "with --history: the tool's table (default: the one that looks like it)",
    );
}

/** Options of every script. */
function withScript(command: Command): Command {
  command
    .option("--output <file>", "the file to write (default: standard output)")
    .addOption(stateOption())
    .option(
      "--lock-timeout <time>",
      "how long a statement may wait for a table lock (default: 2s)",
      parseLimitOption,
    );
  return withServer(command);
}

const afterUpOption = () =>
  new Option("--after-up", "for the state that up leads to: make it before going up");

function scriptUp(group: Command, begin: StartInvocation): void {
  const command = group.command("up")
    .summary("a file that applies the pending migrations")
    .description("Writes a file that applies what `up` would apply now. Changes nothing.")
    .option(
      "--target <version>",
      "only this migration and its ancestors; may be repeated",
      parseVersionsOption,
    )
    .addOption(fromScratchOption())
    .option("--privileged-only", "only the migrations that a superuser has to run");
  withExamples(
    withScript(withForeign(command)),
    "migrator script up --output up.sql",
    "migrator script up --privileged-only --output as-superuser.sql",
    "migrator script up --state status.json --output up.sql",
    "migrator script up --history golang-migrate --output up.sql",
  ).action(async (options: ScriptOptions & { readonly target?: readonly bigint[] }) => {
    const invocation = begin(options);
    const { writeScriptFor } = await import("../apply/script.ts");
    const { upScriptPlanner } = await import("../apply/script_planners.ts");
    await writeScriptFor(invocation, {
      command: ["script up", ...(options.target ?? []).map((one) => `--target ${one}`)].join(" "),
      options,
      planner: upScriptPlanner(invocation, options),
    });
  });
}

type DownOptions = ScriptOptions & { readonly target?: readonly bigint[] };

function scriptDown(group: Command, begin: StartInvocation): void {
  const command = group.command("down")
    .summary("a file that reverts the last N migrations, or down to a version")
    .description("Writes a file that reverts what `down` would revert now. Changes nothing.")
    .argument("[N]", "how many migrations to revert", parseCountOption)
    .option(
      "--target <version>",
      "revert all descendants of this migration, which itself stays applied; may be repeated",
      parseVersionsOption,
    )
    .addOption(afterUpOption());
  withExamples(
    withScript(withForeign(command)),
    "migrator script down 3 --db frontend --output down.sql",
    "migrator script down --target 1650000100 --after-up --output back.sql",
  ).action(async (number: number | undefined, options: DownOptions) => {
    if ((number === undefined) === (options.target === undefined)) {
      throw new Failure(
        "usage/how-far-down",
        number === undefined
          ? "Say how far back to go."
          : "Say either how many to take back or a target, not both.",
        { hint: "migrator script down 1 --db NAME, or migrator script down --target VERSION" },
      );
    }
    const invocation = begin(options);
    await writeDown(invocation, {
      typed: number === undefined ? `--target ${options.target?.join(",")}` : String(number),
      options,
      to: number === undefined
        ? { kind: "targets", versions: options.target ?? [] }
        : { kind: "count", count: number },
    });
  });
}

function scriptDownto(group: Command, begin: StartInvocation): void {
  const command = group.command("downto")
    .summary("same as script down --target")
    .description("Writes a file that reverts all descendants of a migration. Changes nothing.")
    .argument("<version>", "the migration that stays applied", parseVersionsOption)
    .addOption(afterUpOption());
  withExamples(withScript(withForeign(command)), "migrator script downto 1650000100 --db frontend")
    .action(async (versions: readonly bigint[], options: DownOptions) => {
      await writeDown(begin(options), {
        typed: `--target ${versions.join(",")}`,
        options,
        to: { kind: "targets", versions },
      });
    });
}

type ReleaseOptions = ScriptOptions & {
  readonly to?: string;
  readonly abandon?: readonly string[];
};

/** The command as typed. */
const toRelease = (command: string, { to }: ReleaseOptions) =>
  to === undefined ? `script ${command}` : `script ${command} --to ${to}`;

function scriptUpgrade(group: Command, begin: StartInvocation): void {
  const command = group.command("upgrade")
    .summary("a file that takes a database forward to a release")
    .description(
      "Writes a file that does what `upgrade` would do now, as far as the first required stop. " +
        "Changes nothing.",
    )
    .option("--to <tag>", "the release (default: all that this executable carries)");
  withExamples(
    withScript(command),
    "migrator script upgrade --to v1.4.0 --db frontend --output upgrade.sql",
  ).action(async (options: ReleaseOptions) => {
    const invocation = begin(options);
    const { writeScriptFor } = await import("../apply/script.ts");
    const { upgradeScriptPlanner } = await import("../apply/script_planners.ts");
    await writeScriptFor(invocation, {
      command: toRelease("upgrade", options),
      options,
      planner: upgradeScriptPlanner(invocation, options),
    });
  });
}

function scriptRollback(group: Command, begin: StartInvocation): void {
  const command = group.command("rollback")
    .summary("a file that takes a database back to an older release")
    .description(
      "Writes a file that does what `rollback` would do now: it reverts what does not belong to the " +
        "release, by the down scripts that the database has stored. Changes nothing.",
    )
    .option("--to <tag>", "the release to go to (default: what this executable carries)")
    .addOption(abandonOption())
    .addOption(afterUpOption());
  withExamples(
    withScript(command),
    "migrator script rollback --db frontend --output rollback.sql",
    "migrator script rollback --to v1.3.0 --after-up --output rollback.sql",
  ).action(async (options: ReleaseOptions) => {
    const invocation = begin(options);
    const { writeScriptFor } = await import("../apply/script.ts");
    const { rollbackScriptPlanner } = await import("../apply/script_planners.ts");
    await writeScriptFor(invocation, {
      command: toRelease("rollback", options),
      options,
      planner: rollbackScriptPlanner(invocation, options),
    });
  });
}

async function writeDown(
  invocation: Invocation,
  { typed, options, to }: {
    readonly typed: string;
    readonly options: DownOptions;
    readonly to: DownTarget;
  },
): Promise<void> {
  const { writeScriptFor } = await import("../apply/script.ts");
  const { downScriptPlanner } = await import("../apply/script_planners.ts");
  await writeScriptFor(invocation, {
    command: `script down ${typed}`,
    options,
    planner: downScriptPlanner(to),
  });
}
