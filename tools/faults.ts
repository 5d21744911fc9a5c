/**
 * `deno task test:faults [--seed N] [--points N] [--only N]… [--durability N]`: kills, cuts and
 * crashes at every kind of moment of a run, each made up for by the next `up` and compared with an
 * undisturbed run; then immediate stops of the server right after a run has called its work durable.
 *
 * `tests/faults/points.ts` chooses the points by the seed; by default each query of a run is struck. A point that failed is tried again with
 * `--seed` and `--only` and its number. MIGRATOR_TEST_MAJOR names the server (default 18),
 * MIGRATOR_TEST_EXECUTABLE the tool (default: one compiled for this).
 *
 * The last line is `N passed, N failed`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { ENDINGS, tryDurability } from "../tests/faults/durability.ts";
import { Lab, type Struck } from "../tests/faults/lab.ts";
import { choosePoints, describePoint, FAULTS, type Point, random } from "../tests/faults/points.ts";
import { majors } from "../tests/support/cluster.ts";
import { ROOT } from "./bun.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    points: { type: "string" },
    only: { type: "string", multiple: true },
    durability: { type: "string", default: "50" },
  },
});
const seed = Number(values.seed);
const only = values.only?.map(Number);
const began = performance.now();

process.chdir(ROOT);
process.env["MIGRATOR_TEST_EXECUTABLE"] ??= compiled();
const labs = await Promise.all(
  Array.from(
    { length: Math.min(4, os.availableParallelism()) },
    () => Lab.open(majors[0]!, { fsync: "on", full_page_writes: "on" }),
  ),
);
let failed = 0;
const matrix = await strikeAll();
const durable = only ? [] : await tryAll();
await Promise.all(labs.map((lab) => lab.close()));

if (matrix.length > 0) {
  console.log(`\npoints, seed ${seed}:`);
  for (const fault of FAULTS) console.log(`  ${fault.padEnd(14)} ${sum(matrix, fault)}`);
}
const lost = matrix.reduce((count, { struck }) => count + (struck?.lost ?? 0), 0);
console.log(`${lost} migrations that were not called durable yet went with a crash and came back`);
if (!only && matrix.length >= 200 && lost === 0) {
  failed++;
  console.log("FAILED the server forgets nothing, so nothing was shown");
}
if (durable.length > 0) {
  const kept = durable.reduce((count, steps) => count + steps, 0);
  console.log(`${durable.length} stops right after "durable": all of ${kept} migrations are there`);
}
const passed = matrix.filter(({ struck }) => struck).length + durable.length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

interface Result {
  readonly point: Point;
  /** Undefined when it failed. */
  readonly struck: Struck | undefined;
}

/** Every lab takes the next point as soon as it has done with one. */
async function strikeAll(): Promise<readonly Result[]> {
  const { seen } = labs[0]!;
  const count = Number(values.points ?? Math.max(300, seen.length));
  const chosen = choosePoints(seen, { seed, count })
    .filter(({ number }) => !only || only.includes(number));
  const struckAt = new Set(chosen.map(({ moment }) => `${moment.connection} ${moment.message}`));
  console.log(
    `PostgreSQL ${majors[0]}, seed ${seed}: ${chosen.length} points at ${struckAt.size} of the ` +
      `${seen.length} queries of a run`,
  );
  const results: Result[] = [];
  await inTurns(chosen, async (lab, point) => {
    let struck: Struck | undefined;
    try {
      struck = await lab.strike(point);
      if (!struck.hit) console.log(`missed ${describePoint(point)}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${describePoint(point)}\n${indented(error)}`);
    }
    results.push({ point, struck });
    if (results.length % 20 === 0) console.log(progress(results.length, chosen.length));
  });
  return results;
}

/** @returns For each trial that passed, how many migrations it had called durable. */
async function tryAll(): Promise<readonly number[]> {
  const next = random(seed);
  const trials = Array.from({ length: Number(values.durability) }, (_, index) => ({
    ending: ENDINGS[index % ENDINGS.length]!,
    steps: 1 + Math.floor(next() * 9),
    atOnce: next() < 0.5,
  }));
  const kept: number[] = [];
  await inTurns(trials, async ({ server }, trial) => {
    try {
      kept.push(await tryDurability(server, trial));
    } catch (error) {
      failed++;
      console.log(`FAILED durability of ${JSON.stringify(trial)}\n${indented(error)}`);
    }
    if (kept.length % 20 === 0) console.log(progress(kept.length, trials.length));
  });
  return kept;
}

async function inTurns<T>(
  items: readonly T[],
  act: (lab: Lab, item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  await Promise.all(labs.map(async (lab) => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await act(lab, item);
    }
  }));
}

function sum(results: readonly Result[], fault: string): string {
  const ours = results.filter(({ point }) => point.fault === fault);
  const count = (is: (result: Result) => boolean | undefined) => ours.filter(is).length;
  return [
    `${ours.length} points`,
    `${count(({ point }) => point.moment.phase === "before")} before,`,
    `${count(({ point }) => point.moment.phase === "inside")} inside,`,
    `${count(({ point }) => point.moment.phase === "after")} after a query;`,
    `${count(({ struck }) => struck?.mending === "repair")} needed repair,`,
    `${count(({ struck }) => struck?.mending === "person")} a person,`,
    `${count(({ struck }) => struck && !struck.hit)} missed,`,
    `${count(({ struck }) => !struck)} failed`,
  ].join(" ");
}

function progress(done: number, of: number): string {
  return `${done} of ${of} after ${Math.round((performance.now() - began) / 1000)} s`;
}

function indented(error: unknown): string {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  return text.split("\n").slice(0, 40).map((line) => `    ${line}`).join("\n");
}

function compiled(): string {
  const file = path.join(ROOT, "dist", "faults", "migrator");
  const { status } = spawnSync(process.execPath, ["run", "-A", "tools/compile.ts", file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`Compiling ${file} failed (${status})`);
  return file;
}
