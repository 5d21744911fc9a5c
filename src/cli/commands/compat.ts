/**
 * `compat`
 *
 * @module
 */

import type { Command } from "commander";
import type { Comparison } from "../../compat/compare_releases.ts";
import { EXIT, Failure, failuresIn, throwCollected } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import { openShadow } from "../apply/open_shadow.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  shadowOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

interface CompatOptions extends GlobalOptions {
  readonly from?: string;
  readonly queries?: string;
  readonly shadowUrl?: string;
}

/** Tells whether an older release can work with the schema of the migrations at hand. */
export function compatCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("compat").helpGroup(GROUPS.author)
    .summary("check that an older release works with the newer schema")
    .description(
      "Applies the migrations of an older release to a shadow database (embedded PostgreSQL, in " +
        "memory), then those that came since, and compares: what the older release may use and does " +
        "not find any more is a finding. With --queries it prepares the statements of the older " +
        "release before and after. With a command behind --, it runs that instead, such as the older " +
        "release's own tests, against a new database with all migrations, which DATABASE_URL and PG* " +
        "name; its exit status is passed on. Exits with 1 if something breaks.",
    )
    .argument("[command...]", "behind --: a program and its arguments; needs --shadow-url")
    .option(
      "--from <release>",
      "the older release: a tag of `release cut`, a version, or a git revision",
    )
    .option(
      "--queries <path>",
      "statements of the older release: .sql files, or .json as from " +
        "pg_stat_statements",
    )
    .addOption(shadowOption());
  withExamples(
    withMigrations(command),
    "migrator compat --from v1.4.0",
    "migrator compat --from origin/main --queries src/queries",
    "migrator compat --shadow-url postgres://postgres@db.example/app -- npm test",
  )
    .action(async (words: readonly string[], options: CompatOptions) => {
      const invocation = begin(options);
      const names = await invocation.databases();
      if (words.length > 0) return await runWords(invocation, { words, names, options });
      const { from } = options;
      if (from === undefined) throw noRelease();
      const total = await compareDatabases(invocation, { ...options, from });
      if (total.breaking > 0) invocation.exitWith(EXIT.finding);
      invocation.output.finished(total);
    });
}

/**
 * Compares the chosen databases with the older release, and prints what is found.
 *
 * @throws {Failure | Failures} What kept it from comparing a database, after it tried the others.
 */
export async function compareDatabases(
  invocation: Invocation,
  { from, ...options }: Omit<CompatOptions, keyof GlobalOptions> & { readonly from: string },
): Promise<{ readonly breaking: number; readonly possible: number }> {
  const failures: Failure[] = [];
  const total = { breaking: 0, possible: 0 };
  for (const name of await invocation.databases()) {
    try {
      const comparison = await compare(invocation, name, { ...options, from });
      const { breaking, possible } = show(invocation, name, { comparison, from });
      total.breaking += breaking;
      total.possible += possible;
    } catch (error) {
      failures.push(...failuresIn(error));
      if (invocation.signal.aborted) break;
    }
  }
  throwCollected(failures);
  return total;
}

async function compare(
  invocation: Invocation,
  name: string,
  { from, queries, shadowUrl }: CompatOptions & { readonly from: string },
): Promise<Comparison> {
  const { signal } = invocation;
  const { versionsOfOlder } = await import("../../workspace/older_release.ts");
  const { compareReleases } = await import("../../compat/compare_releases.ts");
  const { readStatements } = await import("../../compat/read_statements.ts");
  const target = await invocation.target(name);
  const versions = await versionsOfOlder(invocation, target, { from, signal });
  const { ordered } = target.graph;
  const scratch = await openShadow(invocation, name, shadowUrl);
  try {
    return await compareReleases(scratch, {
      older: ordered.filter(({ version }) => versions.has(version)),
      since: ordered.filter(({ version }) => !versions.has(version)),
      statements: queries === undefined ? [] : await readStatements(queries),
      without: [target.history.schema],
      signal,
    });
  } finally {
    await scratch.dispose();
  }
}

function show(
  { output }: Invocation,
  database: string,
  { comparison, from }: { readonly comparison: Comparison; readonly from: string },
): { readonly breaking: number; readonly possible: number } {
  const { style } = output;
  const { incompatibilities, unknown } = comparison;
  for (const { code, severity, object, what, consequence } of incompatibilities) {
    const word = severity === "breaks" ? style.bad("breaks") : style.caution("may break");
    output.print(`${word} ${style.bold(object)} [${code}]: ${what}.`, `  ${consequence}`);
    output.record({
      event: "incompatibility",
      database,
      code,
      severity,
      object,
      what,
      consequence,
    });
  }
  for (const { place, reason } of unknown) {
    output.record({ event: "statement-unknown", database, place, reason });
  }
  if (unknown.length > 0) {
    const [{ place, reason }] = unknown as [Comparison["unknown"][number]];
    output.warn(
      `${
        formatCount(unknown.length, "statement")
      } cannot be prepared in ${from} either, so nothing ` +
        `is known of them; the first is ${place}: ${reason}`,
    );
  }
  const breaking = incompatibilities.filter(({ severity }) => severity === "breaks").length;
  const possible = incompatibilities.length - breaking;
  output.print(
    `${style.bold(database)}: since ${from}, ${formatCount(breaking, "change")} that ` +
      `${breaking === 1 ? "breaks" : "break"} it, ${possible} that may`,
  );
  return { breaking, possible };
}

async function runWords(
  invocation: Invocation,
  { words, names, options: { from, queries, shadowUrl } }: {
    readonly words: readonly string[];
    readonly names: readonly string[];
    readonly options: CompatOptions;
  },
): Promise<void> {
  const other = from !== undefined ? "--from" : queries !== undefined ? "--queries" : undefined;
  if (other !== undefined) {
    throw new Failure(
      "usage/conflicting-options",
      `${other} compares schemas, and a command runs against the newer one.`,
      { hint: `Leave out ${other}, or the command.` },
    );
  }
  if (shadowUrl === undefined) {
    throw new Failure(
      "usage/missing-option",
      "A program that runs against the newer schema needs a server.",
      { hint: "Name one, with a role that may create databases: --shadow-url postgres://…" },
    );
  }
  const { runAgainst } = await import("../apply/run_against.ts");
  const status = await runAgainst(invocation, { names, command: words, shadowUrl });
  invocation.exitWith(status);
  invocation.output.finished({ status });
}

function noRelease(): Failure {
  return new Failure(
    "usage/missing-option",
    "`compat` is not told which release to compare with.",
    {
      hint: "Name it: migrator compat --from TAG, a version, or a git revision such as origin/main",
    },
  );
}
