/**
 * `deno task test [--only deno|bun|executable] [--filter TEXT] [--lanes N] [--record] [PATH]…`: runs the
 * suite under Deno, against the newest PostgreSQL, and at the same time under Bun, against the oldest:
 * what differs between majors is not the runtime's doing. MIGRATOR_TEST_MAJOR gives both the same.
 *
 * Several files run at a time, the slowest first. It prints a line when one has ended, and all that it
 * printed when a test of it failed; then the slowest tests, and name and message of each that failed.
 * The last line is `N passed, N failed`. It fails when a test failed, when a runner did, or when no
 * test ran at all. `--filter` takes the suites (top-level names) that hold TEXT; `--record` writes
 * down how long files took.
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { majors } from "../tests/support/cluster.ts";
import { ROOT } from "./bun.ts";
import { findExecutables } from "./executable_under_test.ts";
import { countCases } from "./junit.ts";
import {
  killAll,
  type Runner,
  runTestFile,
  type TestFile,
  type TestFileResult,
} from "./test_file.ts";
import { type Lane, runInLanes } from "./test_lanes.ts";
import { failedTests, progressLine, slowestTests } from "./test_report.ts";
import { recordSeconds, slowestFirst } from "./test_seconds.ts";

/** The tests of `dist/migrator`; the source has no business with them. */
const EXECUTABLE = "tests/executable";

/** Names the one major to test. */
const MAJOR_VARIABLE = "MIGRATOR_TEST_MAJOR";

/** What runs where no PostgreSQL does. */
const SERVERLESS = /^(\.\/)?tests\/(pure|fuzz|architecture_test)/;

/**
 * What takes long, and what no runtime decides: servers, psql and PostgreSQL's own behaviour. It runs under
 * Deno only, unless it is named.
 */
const ONE_RUNTIME = new RegExp(
  "^tests/(" + [
    "faults/(?!kills)",
    "page/browser",
    "database/lint/",
    "database/release/(rollback_faults|twelve_releases)",
    "database/script/script_(kill|releases)",
    "database/verify/verify_migrations",
    "cli/(squash|drift_files)",
  ].join("|") + ")",
);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", multiple: true },
    filter: { type: "string" },
    lanes: { type: "string" },
    record: { type: "boolean" },
  },
});
const runners = (values.only ?? ["deno", "bun"]).map(runnerName);
/** Tests wait for servers and processes two thirds of their time. */
const lanes = Number(values.lanes ?? 3 * os.availableParallelism());
process.chdir(ROOT);
for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  process.on(signal, () => {
    killAll();
    process.exit(status);
  });
}

const began = performance.now();
const files = slowestFirst(runners.flatMap(filesOf));
const executables = runners.includes("executable") ? findExecutables() : undefined;
const results: TestFileResult[] = [];
console.log(`${files.length} files of tests in ${lanes} lanes`);
await runInLanes(files, { lanes, work: runAndTell });
executables?.dispose();
if (values.record) recordSeconds(results);

const { passed, failed } = countCases(results.flatMap(({ cases }) => cases));
print(`\n${slowestTests(results)}\n`);
if (failed > 0) print(failedTests(results));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

async function runAndTell(file: TestFile, lane: Lane): Promise<void> {
  const environment = await environmentOf(file, lane);
  const result = await runTestFile(file, { environment, filter: values.filter });
  results.push(result);
  const elapsed = (performance.now() - began) / 1_000;
  print(progressLine(result, { done: results.length, total: files.length, elapsed }));
  if (countCases(result.cases).failed > 0) print(result.output);
  else for (const [skipped] of result.output.matchAll(/^!! SKIPPED.*$/gm)) print(skipped);
}

/** Ours without what would lead a test to a server of the machine, with the servers of the lane. */
async function environmentOf({ runner, file }: TestFile, lane: Lane): Promise<NodeJS.ProcessEnv> {
  const own = Object.entries(process.env).filter(([name]) => !/^PG|DATABASE_URL$/.test(name));
  const major = String(runner === "bun" ? majors.at(-1) : majors[0]);
  return {
    ...(runner === "executable" ? {} : { [MAJOR_VARIABLE]: major }),
    ...Object.fromEntries(own),
    ...(SERVERLESS.test(file) ? {} : await lane.servers()),
    ...(runner === "executable" && executables
      ? { MIGRATOR_TEST_EXECUTABLE: isOfExecutable(file) ? executables.whole : executables.bare }
      : {}),
  };
}

/** Escape sequences are for terminals. */
function print(text: string): void {
  console.log(process.stdout.isTTY ? text : stripVTControlCharacters(text));
}

function filesOf(runner: Runner): TestFile[] {
  const asked = positionals.length > 0
    ? positionals
    : runner === "executable"
    ? [EXECUTABLE, "tests/cli"]
    : ["tests"];
  const isWanted = (file: string) =>
    positionals.length > 0 || runner === "executable" ||
    !isOfExecutable(file) && !(runner === "bun" && ONE_RUNTIME.test(file));
  return asked.flatMap(testsIn).filter(isWanted).map((file) => ({ runner, file }));
}

/** A file, or those below a folder. */
function testsIn(asked: string): string[] {
  if (!fs.statSync(asked).isDirectory()) return [asked];
  return fs.readdirSync(asked, { recursive: true }).map(String).sort()
    .filter((name) => /_test\.ts$/.test(name))
    .map((name) => path.join(asked, name));
}

function isOfExecutable(file: string): boolean {
  return path.relative(EXECUTABLE, file).split(path.sep)[0] !== "..";
}

function runnerName(name: string): Runner {
  if (name === "deno" || name === "bun" || name === "executable") return name;
  throw new Error(`--only takes deno, bun or executable, not ${name}`);
}
