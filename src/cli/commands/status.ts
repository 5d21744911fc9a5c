/**
 * `status`
 *
 * @module
 */

import { isInstalled } from "../../history/installed.ts";
import type { Command } from "commander";
import type { Session } from "../../connection/session/session.ts";
import { foreignFacts, foreignWords } from "../../adoption/refuse_foreign.ts";
import { readUnfinished, unfinishedText } from "../../background/status/read_unfinished.ts";
import { EXIT, Failure, throwCollected } from "../../failure.ts";
import { readVersionDetails } from "../../history/read_history.ts";
import { databaseStatus } from "../../plan/database_status.ts";
import { foreignTo } from "../../workspace/foreign_to.ts";
import type { Target } from "../../workspace/workspace.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import { nextStep, statusLines } from "../output/status_lines.ts";
import {
  GROUPS,
  htmlOption,
  type HtmlOptions,
  type StartInvocation,
  withExamples,
  withServer,
} from "../invocation/options.ts";

interface StatusOptions extends GlobalOptions, HtmlOptions {
  readonly pending?: boolean;
  readonly exitCode?: boolean;
}

/** Shows the state of each database. */
export function statusCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("status").helpGroup(GROUPS.inspect)
    .summary("show the state of each migration")
    .description(
      "Shows the state of each migration in each database: applied, pending, failed (nothing " +
        "of it is in the database; up tries again), DIRTY (part of it may be in the database), " +
        "running, or newer than this program. Changes nothing. Times are in UTC.",
    )
    .option("--pending", "list only migrations that are not applied or need attention")
    .option("--exit-code", "exit with 1 if any migration is pending, failed, dirty or running")
    .addOption(htmlOption());
  withExamples(
    withServer(command),
    "migrator status",
    "migrator status --db frontend --pending",
    "migrator status --exit-code && echo up to date",
  )
    .action(async (options: StatusOptions) => {
      const invocation = begin(options);
      const failures: Failure[] = [];
      let upToDate = true;
      for (const name of await invocation.databases()) {
        try {
          const target = await invocation.comparedTarget(name);
          upToDate = await showStatus(invocation, target, options.pending === true) && upToDate;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          failures.push(error);
        }
      }
      throwCollected(failures);
      if (options.html !== undefined) {
        const { writeStatusPage } = await import("./serve/write_page.ts");
        const databases = await invocation.databases();
        await writeStatusPage(invocation, { file: options.html, databases });
      }
      if (options.exitCode && !upToDate) invocation.exitWith(EXIT.finding);
      invocation.output.finished({ up_to_date: upToDate });
    });
}

/** What a script needs to know of a database that it is made for, from a file with this output. */
async function surroundings(session: Session, { schema }: Target["history"]) {
  const { readSurroundings } = await import("../../script/read_surroundings.ts");
  const { role, searchPath, encoding, isEmpty } = await readSurroundings(session, schema);
  return { role, search_path: searchPath, encoding, has_tables: !isEmpty };
}

async function showStatus(
  invocation: Invocation,
  target: Target,
  onlyPending: boolean,
): Promise<boolean> {
  const { name, graph, history } = target;
  const { output } = invocation;
  const connector = await invocation.connector(name);
  const session = await connector.open({
    applicationName: `migrator ${name} (status)`,
    condition: isInstalled(history),
    signal: invocation.signal,
  });
  try {
    const details = await readVersionDetails(session, history);
    const { migrations, counts, upToDate } = databaseStatus(graph, details);
    const { style } = output;
    const listed = onlyPending
      ? migrations.filter(({ standing: state, edited }) => state !== "applied" || edited)
      : migrations;
    output.print(`${style.bold(name)} on ${connector.label}`);
    for (const line of statusLines(listed, style)) output.print(`  ${line}`);
    for (const migration of listed) {
      output.record({ event: "migration", database: name, ...migration });
    }
    const summary = Object.entries(counts).filter(([, n]) => n > 0)
      .map(([word, n]) => `${n} ${word}`);
    output.print(
      `  ${summary.join(", ") || "no migrations"}` +
        (details.installed ? "" : "; this database has no history yet"),
    );
    if (!details.durable) {
      output.print("  the last run did not finish; up makes sure that all of it is on disk");
    }
    const background = await readUnfinished(session, history);
    const unfinished = unfinishedText(background);
    if (unfinished !== undefined) {
      output.print(
        `  batched migrations: ${unfinished}; see: migrator background list --db ${name}`,
      );
    }
    const foreign = await foreignTo(invocation, target, { session, history: details });
    const words = foreign && foreignWords(foreign, name);
    if (words !== undefined) output.print(`  ${style.caution(words.found)}`);
    const next = words?.next ?? nextStep(name, migrations);
    if (next !== undefined) output.print(`  ${style.dim("next:")} ${next}`);
    output.record({
      event: "database",
      database: name,
      server: connector.label,
      installed: details.installed,
      durable: details.durable,
      up_to_date: upToDate,
      ...counts,
      background,
      ...await surroundings(session, history),
      foreign: foreign === undefined ? null : foreignFacts(foreign),
    });
    return upToDate;
  } finally {
    await session.close();
  }
}
