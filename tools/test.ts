/**
 * `deno task test [--only deno|bun|executable] [--filter TEXT] [PATH]…`: runs the suite under Deno,
 * against the newest PostgreSQL, and at the same time under Bun, against the oldest: what differs
 * between majors is not the runtime's doing. MIGRATOR_TEST_MAJOR gives both the same.
 *
 * The last line is `N passed, N failed`, summed over the runners. It fails when a test failed, when a
 * runner did, or when no test ran at all. `--filter` takes the suites (top-level names) that hold TEXT.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import {
  type Cluster,
  coordinatesVariable,
  type Major,
  majors,
  startCluster,
} from "../tests/support/cluster.ts";
import { Archive } from "../src/bundle/archive.ts";
import { findBun, ROOT } from "./bun.ts";
import { type Count, countCases } from "./junit.ts";

type RunnerName = "deno" | "bun" | "executable";

/** A runner that has not ended by then hangs. */
const RUNNER_MINUTES = 25;

const EXECUTABLE = "tests/executable";

/** Names the one major to test. */
const MAJOR_VARIABLE = "MIGRATOR_TEST_MAJOR";

/** What runs where no PostgreSQL does. */
const SERVERLESS = /^(\.\/)?tests\/(pure|fuzz|architecture_test)/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", multiple: true }, filter: { type: "string" } },
});
const runners = (values.only ?? ["deno", "bun"]).map(runnerName);
process.chdir(ROOT);
const asked = positionals.length > 0 ? positionals : undefined;
const clusters = await Promise.all(neededMajors().map((major) => startCluster({ major })));
const env = environment(clusters);
const counts: Count[] = [];
/** What runners had to say that ran beside another. */
const said: string[] = [];
// At once: tests mostly wait, for servers and for processes. What the second says comes after.
const sources = runners.filter((runner) => runner !== "executable");
const paths = (asked ?? suite()).filter(holdsTests);
if (paths.length > 0) {
  const running = sources.map((runner, index) => {
    const major = String(runner === "bun" ? majors.at(-1) : majors[0]);
    return run(runner, paths, { [MAJOR_VARIABLE]: major, ...env }, { isAside: index > 0 });
  });
  counts.push(...await Promise.all(running));
  for (const one of said) console.log(one);
}
if (runners.includes("executable")) {
  const file = await executable();
  const paths = (asked ?? [EXECUTABLE, "tests/cli"]).filter(holdsTests);
  const whole = paths.filter((one) => one.includes(EXECUTABLE));
  const bare = paths.filter((one) => !one.includes(EXECUTABLE));
  const named = (name: string) => ({ ...env, MIGRATOR_TEST_EXECUTABLE: name });
  if (whole.length > 0) counts.push(await run("executable", whole, named(file)));
  if (bare.length > 0) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-bare-"));
    const program = withoutMigrations(file, path.join(directory, "migrator"));
    counts.push(await run("executable", bare, named(program)));
    fs.rmSync(directory, { recursive: true });
  }
}
const total = counts.reduce(
  (sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }),
  { passed: 0, failed: 0 },
);
await Promise.all(clusters.map((cluster) => cluster.dispose()));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);

async function run(
  runner: RunnerName,
  paths: readonly string[],
  env: NodeJS.ProcessEnv,
  { isAside = false }: { readonly isAside?: boolean } = {},
): Promise<Count> {
  const title = `\n== ${runner}: ${paths.join(" ")}`;
  if (!isAside) console.log(title);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-report-"));
  const report = path.join(directory, "junit.xml");
  const aside = isAside ? path.join(directory, "output") : undefined;
  const status = runner === "bun"
    ? await execute(findBun(), [
      "test",
      "--no-env-file",
      `--timeout=${RUNNER_MINUTES * 60_000}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...(values.filter ? ["-t", escapePattern(values.filter)] : []),
      // Without the dot Bun takes a path for a pattern.
      ...paths.map((one) => one.startsWith("/") || one.startsWith("./") ? one : `./${one}`),
    ], { environment: env, aside })
    : await execute(process.execPath, [
      "test",
      "-A",
      `--junit-path=${report}`,
      ...(values.filter ? ["--filter", values.filter] : []),
      ...paths,
    ], { environment: env, aside });
  if (aside !== undefined) said.push(`${title}\n${fs.readFileSync(aside, "utf8")}`);
  const count = fs.existsSync(report)
    ? countCases(fs.readFileSync(report, "utf8"))
    : { passed: 0, failed: 0 };
  fs.rmSync(directory, { recursive: true });
  if (status === 0 || count.failed > 0) return count;
  console.log(`${runner} ended with ${status}, though no test of its report failed`);
  return { ...count, failed: 1 };
}

/** Runs it in our place: same streams, or a file for both, and signals are passed on. */
async function execute(
  program: string,
  args: readonly string[],
  { environment, aside }: {
    readonly environment: NodeJS.ProcessEnv;
    readonly aside: string | undefined;
  },
): Promise<number | string> {
  const file = aside === undefined ? "inherit" : fs.openSync(aside, "w");
  const child = spawn(program, [...args], { stdio: ["inherit", file, file], env: environment });
  const timer = setTimeout(() => child.kill("SIGKILL"), RUNNER_MINUTES * 60_000);
  const stop = (signal: NodeJS.Signals) => {
    child.kill(signal);
    process.exit(signal === "SIGINT" ? 130 : 143);
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const [status, signal] = await once(child, "close");
  process.off("SIGINT", stop).off("SIGTERM", stop);
  clearTimeout(timer);
  if (typeof file === "number") fs.closeSync(file);
  return status ?? signal;
}

/** Those of which no server was handed to us. */
function neededMajors(): readonly Major[] {
  if (asked?.every((one) => SERVERLESS.test(one))) return [];
  return majors.filter((major) => !process.env[coordinatesVariable(major)]);
}

/** Ours without what would lead a test to a server of the machine, with the servers of this run. */
function environment(started: readonly Cluster[]): NodeJS.ProcessEnv {
  return Object.fromEntries([
    ...Object.entries(process.env).filter(([name]) => !/^PG|DATABASE_URL$/.test(name)),
    ...started.map((cluster) => [coordinatesVariable(cluster.major), JSON.stringify(cluster)]),
  ]);
}

/** The executable to test, made when it is not there. */
async function executable(): Promise<string> {
  const file = process.env["MIGRATOR_TEST_EXECUTABLE"] ?? path.join(ROOT, "dist", "migrator");
  if (!fs.existsSync(file)) {
    const status = await execute(process.execPath, ["run", "-A", "tools/compile.ts"], {
      environment: process.env,
      aside: undefined,
    });
    if (status !== 0) throw new Error(`Compiling ${file} failed (${status})`);
  }
  return file;
}

/** A copy that carries nothing: the tests of the command line bring migrations of their own. */
function withoutMigrations(file: string, copy: string): string {
  const archive = Archive.open(file);
  fs.copyFileSync(file, copy);
  if (archive) fs.truncateSync(copy, archive.programEnd);
  archive?.close();
  fs.chmodSync(copy, 0o755);
  return copy;
}

/** Whatever lies in `tests`, so that no folder can be forgotten. */
function suite(): string[] {
  return fs.readdirSync("tests").sort().map((name) => `tests/${name}`)
    .filter((one) => one !== EXECUTABLE);
}

function holdsTests(file: string): boolean {
  if (!fs.existsSync(file)) return asked !== undefined;
  if (!fs.statSync(file).isDirectory()) return /_test\.ts$/.test(file);
  return fs.readdirSync(file, { recursive: true }).some((name) => /_test\.ts$/.test(String(name)));
}

function runnerName(name: string): RunnerName {
  if (name === "deno" || name === "bun" || name === "executable") return name;
  throw new Error(`--only takes deno, bun or executable, not ${name}`);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
