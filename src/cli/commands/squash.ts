/**
 * `squash`
 *
 * @module
 */

import * as path from "node:path";
import type { Command } from "commander";
import { formatCount } from "../../format/count.ts";
import { createParents } from "../../runtime/files.ts";
import { replaceText } from "../../runtime/replace_file.ts";
import { systemClock } from "../../runtime/clock.ts";
import { openShadow } from "../apply/open_shadow.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  parseVersionOption,
  shadowOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";
import { WorkProgressLine } from "../output/work_progress.ts";

interface SquashOptions extends GlobalOptions {
  readonly to: bigint;
  readonly shadowUrl?: string;
}

/** Writes one script with which new databases begin. */
export function squashCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("squash").helpGroup(GROUPS.author)
    .summary("write one script with which new databases begin")
    .description(
      "Writes one script that makes, in an empty database, what a migration and all its ancestors " +
        "make: the schema, the rows that migrations have written, the values of sequences. up runs it " +
        "in a new database, and records all of these migrations as applied. Every other database goes " +
        "on with the migrations themselves: keep their files. Before the script is written, it is run " +
        "in a second shadow database and compared with what the migrations make.",
    )
    .requiredOption("--to <version>", "the last migration to squash", parseVersionOption)
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator squash --to 1650000500 --db frontend",
    "migrator squash --to 1650000500 --shadow-url postgres://app@db/postgres",
  )
    .action(async (options: SquashOptions) => {
      const invocation = begin(options);
      const { databasesOf } = await import("../invocation/choose_databases.ts");
      const [name = ""] = (await databasesOf(invocation, [options.to])).keys();
      await squashDatabase(invocation, name, options);
    });
}

async function squashDatabase(
  invocation: Invocation,
  name: string,
  { to, shadowUrl }: SquashOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const { findTarget } = await import("../../plan/plan.ts");
  const { makeSquash } = await import("../../squash/make_squash.ts");
  const { SQUASH_FOLDER } = await import("../../source/read_squashes.ts");
  const { folderOf } = await import("../../source/add.ts");
  const { graph, history } = await invocation.target(name);
  const target = findTarget({ database: name, graph }, to);
  const squashed = graph.ancestors([to]);
  const others = graph.ordered.filter((one) => squashed.has(one.version) && one !== target);
  const progress = new WorkProgressLine(output, systemClock);
  const { text, statements, objects, tables } = await makeSquash({
    database: name,
    definitions: [...others, target],
    without: [history.schema],
    shadow: () => openShadow(invocation, name, shadowUrl),
    signal,
    report: (done, total) => progress.show({ what: `replaying ${name}`, done, total }),
  });
  progress.end();
  const root = await invocation.directory() ?? "migrations";
  const file = path.join(await folderOf(root, name), SQUASH_FOLDER, `${to}.sql`);
  await createParents(file);
  await replaceText(file, text);
  const migrations = squashed.size;
  output.print(
    `${file}: ${formatCount(migrations, "migration")} in ${
      formatCount(statements, "statement")
    }, ` +
      `proved equal: ${formatCount(objects, "object")}, rows of ${formatCount(tables, "table")}`,
    "Keep the files of the migrations: databases that have begun with them go on with them.",
  );
  output.finished({ file, database: name, version: to, migrations, objects, statements, tables });
}
