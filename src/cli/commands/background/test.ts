/**
 * `background test`
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { ScratchDatabase } from "../../../shadow/scratch_database.ts";
import { openScratch } from "../../apply/open_scratch.ts";
import { SqlError } from "../../../connection/session/session.ts";
import type { BatchedMigration } from "../../../definition/batched/batched_migration.ts";
import { Failure, Failures } from "../../../failure.ts";
import { batchedMigrationHooks } from "../../../workspace/batched_migration_hooks.ts";
import type { Target } from "../../../workspace/workspace.ts";
import { refuseDefects } from "../../../plan/plan.ts";
import { planUp } from "../../../plan/up.ts";
import { run } from "../../../runner/execute/run.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { readText } from "../../../runtime/files.ts";
import { identity } from "../../../runtime/process.ts";
import { VERSION } from "../../../version.ts";
import { operatorIdentity } from "./worker_pool_of.ts";
import { findDeclared } from "./find_declared.ts";
import { jobArguments, type MigrationOptions } from "./options.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import {
  parseCountOption,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../../invocation/options.ts";
import { shellWord } from "../../../format/shell_word.ts";
import { trialLines } from "../../output/trial_lines.ts";

interface TestOptions extends MigrationOptions {
  readonly url?: string;
  readonly rows: number;
  readonly data?: string;
  readonly seed?: number;
  readonly ignore?: readonly string[];
}

/** Tries a declared batched migration in a scratch database. */
export function testCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("test")
    .summary("run one in scratch databases and compare the results")
    .description(
      "Creates a scratch database, applies the migrations up to the one that queues the " +
        "batched migration, and fills the tables with random rows. Then runs it on copies of " +
        "that database: one row at a time, two, and all; with connections that break; while " +
        "rows are written; twice; and down. Every run must end with the same rows; if one " +
        "differs, it exits with 8. The scratch databases are embedded PostgreSQL, or with " +
        "--url databases named migrator_test_… on that server, which it drops at the end. It " +
        "touches no other database.",
    )
    .argument("<name>", "a declared batched migration")
    .addOption(
      new Option("--arguments <json>", "use these arguments instead of the declared ones")
        .argParser(jobArguments),
    )
    .option("--url <url>", "a server on which the role may create databases")
    .option(
      "--rows <n>",
      "number of random rows for its table",
      parseCountOption,
      120,
    )
    .option("--data <file>", "SQL that inserts the rows, instead of random ones")
    .option("--seed <n>", "repeat the random choices of an earlier run", seed)
    .addOption(
      new Option("--ignore <column>", "a column that may differ; may be repeated")
        .argParser((one: string, before: readonly string[] = []) => [...before, one]),
    );
  withExamples(
    withMigrations(command),
    "migrator background test backfill_routes --db frontend",
    "migrator background test fill_stars --url postgres://app@db.example/postgres",
  ).action(async (name: string, options: TestOptions) => {
    const invocation = begin(options);
    const typed = { name, arguments: options.arguments, command: "background test" };
    const { target, declaration } = await findDeclared(invocation, typed);
    refuseCode(declaration);
    const data = await readData(options.data);
    const scratch = await scratchOf(invocation, target, options.url);
    try {
      await tryOut(invocation, { target, declaration, options, scratch, data });
    } finally {
      await scratch.dispose();
    }
  });
}

function seed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write a whole number of at most nine digits.");
}

/** @throws {Failure} `background/test-not-sql`. */
function refuseCode({ name, sql, path }: BatchedMigration): void {
  if (sql.length > 0) return;
  throw new Failure(
    "background/test-not-sql",
    `Batched migration ${name} is written in TypeScript: what it reaches besides its database, such ` +
      "as another one, cannot be made for trying.",
    { hint: "Try it in tests of your own, with databases of your own.", place: { file: path } },
  );
}

async function readData(file: string | undefined) {
  if (file === undefined) return undefined;
  const text = await readText(file);
  if (text !== undefined) return { file, text };
  throw new Failure("usage/missing-file", `There is no file ${file}.`, {
    hint: "Write INSERTs for the tables as they are before the batched migration is queued.",
  });
}

/** @throws {Failure} `settings/*`, `connection/*`, `background/test-server`. */
async function scratchOf(
  invocation: Invocation,
  { name }: Target,
  url: string | undefined,
): Promise<ScratchDatabase> {
  return await openScratch(invocation, name, {
    url,
    option: "--url",
    prefix: "migrator_test",
    refused: (server, reason) =>
      new Failure(
        "background/test-server",
        `Making a database to try things in was refused by ${server}: ${reason}.`,
        { hint: "Name a role that may: ALTER ROLE … CREATEDB; or leave --url out." },
      ),
  });
}

/** Turns an error that the server raised in migrator's own statements into a failure. */
async function orFailure<T>(work: Promise<T>, failure: (refused: string) => Failure): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    throw failure(`${error.server.message} (SQLSTATE ${error.server.sqlstate})`);
  }
}

async function tryOut(
  invocation: Invocation,
  { target, declaration, options, scratch, data }: {
    readonly target: Target;
    readonly declaration: BatchedMigration;
    readonly options: TestOptions;
    readonly scratch: ScratchDatabase;
    readonly data: { readonly file: string; readonly text: string } | undefined;
  },
): Promise<void> {
  const { output, signal } = invocation;
  const { prepareRows } = await import("../../../background/trial/prepare_rows.ts");
  const { runTrials } = await import("../../../background/trial/run_trial.ts");
  const { withSession } = await import("../../../background/trial/run_to_end.ts");
  const { seededRandom } = await import("../../../seeded_random.ts");
  const seed = options.seed ?? Math.floor(systemClock.random() * 1_000_000);
  const label = { database: target.name, name: declaration.name };
  await migrate(invocation, { target, declaration, scratch });
  const drawn = { count: options.rows, random: seededRandom(seed), data };
  const filling = await orFailure(
    withSession(scratch.connector, signal, (session) => prepareRows(session, declaration, drawn)),
    (refused) =>
      new Failure(
        "background/test-data",
        `Writing rows to try things with was refused: ${refused}.`,
        {
          hint: `Write them yourself: migrator background test ${declaration.name} --data rows.sql`,
        },
      ),
  );
  output.print(
    `${output.style.bold(declaration.name)} of ${target.name} on ${scratch.label} ` +
      `(to repeat it: --seed ${seed})`,
  );
  const results = await runTrials({
    declaration,
    scratch,
    filling,
    seed,
    ignore: options.ignore ?? [],
    stage: {
      name: target.history,
      clock: systemClock,
      who: operatorIdentity(),
      toolVersion: VERSION,
      signal,
      code: invocation.ownCode(),
    },
    tell(result) {
      for (const line of trialLines(result, output.style)) output.print(`  ${line}`);
      const { name: check, ...rest } = result;
      output.record({ event: "trial", ...label, check, ...rest });
    },
  });
  const failed = results.filter(({ level }) => level === "fail").map(({ name }) => name);
  if (failed.length > 0) {
    throw new Failure(
      "background/test-failed",
      `Batched migration ${declaration.name} does not pass: ${failed.join(", ")}.`,
      {
        hint: `Correct it, then: ${repetition(declaration.name, { ...options, seed }, target)}`,
        place: { file: declaration.path },
        facts: { failed, seed },
      },
    );
  }
  output.finished({ seed });
}

/** The command that runs the same trials again. */
function repetition(
  name: string,
  { arguments: given, rows, data, seed, ignore = [], url }: TestOptions,
  { name: database }: Target,
): string {
  const words = [
    ["--db", database],
    ["--seed", String(seed)],
    ["--rows", String(rows)],
    ...(given === undefined ? [] : [["--arguments", shellWord(JSON.stringify(given))]]),
    ...(data === undefined ? [] : [["--data", shellWord(data)]]),
    ...ignore.map((column) => ["--ignore", shellWord(column)]),
    // The URL may hold a password.
    ...(url === undefined ? [] : [["--url", "URL"]]),
  ];
  return `migrator background test ${name} ${words.flat().join(" ")}`;
}

/** Migrates the database to the point where the batched migration has just been queued. */
async function migrate(
  invocation: Invocation,
  { target, declaration, scratch }: {
    readonly target: Target;
    readonly declaration: BatchedMigration;
    readonly scratch: ScratchDatabase;
  },
): Promise<void> {
  const { graph, name, set, history } = target;
  const queueing = graph.ordered.find(({ metadata }) =>
    metadata.queues?.some((one) => one.name === declaration.name)
  );
  // The migration that queues it may create what it needs. Its rows are created afterwards.
  const until = queueing ? [queueing.version] : graph.leaves;
  try {
    await run({
      history: { ...history, readers: [] },
      connector: scratch.connector,
      runner: { ...identity(), toolVersion: VERSION },
      options: await invocation.runOptions(name, {}),
      clock: systemClock,
      report: () => {},
      signal: invocation.signal,
      plan: (found) => {
        const plan = planUp({ database: name, graph, history: found }, until);
        refuseDefects(plan.steps);
        return plan;
      },
      hooks: batchedMigrationHooks({ set, history, connector: scratch.connector }),
    });
  } catch (error) {
    const [first] = error instanceof Failures ? error.failures : [error];
    if (!(first instanceof Failure)) throw error;
    const { code, message, hint, place, facts } = first;
    throw new Failure(
      code,
      `The migrations before ${declaration.name} do not run on ${scratch.label}. ${message}`,
      { ...(hint ? { hint } : {}), ...(place ? { place } : {}), facts, cause: first },
    );
  }
}
