/**
 * `force`
 *
 * @module
 */

import type { Command } from "commander";
import { Failure } from "../../failure.ts";
import { type History, isIncomplete } from "../../history/history.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseVersionOption as parseVersion,
  type StartInvocation,
  withDirectUrl,
  withExamples,
  withServer,
} from "../invocation/options.ts";

interface ForceOptions extends GlobalOptions {
  readonly down?: boolean;
  readonly reason: string;
  readonly dryRun?: boolean;
}

const EXAMPLE = 'migrator force 1650000100 --reason "created the rest by hand" --db frontend';

/** Records the state of a dirty migration; the name is golang-migrate's. */
export function forceCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("force").helpGroup(GROUPS.author)
    .summary("mark a dirty migration as applied or reverted")
    .description(
      "Records that a dirty migration is applied, or with --down that nothing of it is in " +
        "the database. First make sure that this is true: it runs no SQL. It changes the " +
        "record of this migration only, because in a graph there is no single version that a " +
        "database is at. Try repair before it: repair finds out by itself what it can.",
    )
    .argument("<version>", "the version of the migration", parseVersion)
    .option("--down", "nothing of it is in the database; up will run it again")
    .requiredOption("--reason <text>", "what you found and did; stored in the history")
    .option("--dry-run", "show what would be recorded, and record nothing");
  withExamples(
    withServer(withDirectUrl(command)),
    EXAMPLE,
    'migrator force 1650000100 --down --reason "dropped what was there"',
  )
    .action(async (version: bigint, options: ForceOptions) => {
      const { recordCommand, requireReason } = await import("../apply/record_manually.ts");
      const reason = requireReason(options.reason, { command: "force", example: EXAMPLE });
      const invocation = begin(options);
      await recordCommand(invocation, {
        version,
        direction: options.down ? "down" : "up",
        reason,
        dryRun: options.dryRun === true,
        refuse: (target, found) => refuseSettled(version, target, found),
        after: "Its ancestors and descendants stand as they stood, and its SQL was not checked.",
      });
    });
}

/**
 * golang-migrate's `force` takes the version that the database is to be at, often the one before
 * the dirty one. Here it takes the dirty version itself.
 *
 * @throws {Failure} `history/not-dirty`.
 */
function refuseSettled(version: bigint, { name, graph }: Target, { versions }: History): void {
  const known = versions.get(version);
  if (known !== undefined && isIncomplete(known)) return;
  if (graph.get(version) === undefined && known === undefined) return;
  const dirty = [...versions.values()].filter(isIncomplete).map((one) => one.version);
  const [first] = dirty;
  throw new Failure(
    "history/not-dirty",
    `Migration ${version} of "${name}" is ${known?.state ?? "pending"}, not dirty: ${
      first === undefined ? "nothing is" : `dirty is ${dirty.join(", ")}`
    }. Nothing was recorded.`,
    {
      hint: first === undefined
        ? `migrator status --db ${name}; to record what was run by hand: ` +
          `migrator log add ${version} --up --reason "…" --db ${name}`
        : `migrator repair ${first} --db ${name}; or once it is taken back by hand: ` +
          `migrator force ${first} --down --reason "…" --db ${name}`,
      facts: { database: name, version: String(version), dirty: dirty.map(String) },
    },
  );
}
