/**
 * `deno task test:faults [--family NAME]… [--seed N] [--points N] [--only N]… [--source]`: disturbs
 * runs by each family of faults of `tests/faults`. One oracle judges every point: history and schema
 * agree, nothing was applied twice, the run ended in time, and it told the truth.
 *
 * `--points` limits the points of each family; the seed chooses which. A point that failed is tried
 * again with its `--family`, `--seed`, and its number as `--only`. MIGRATOR_TEST_MAJOR names the server
 * (default 18), MIGRATOR_TEST_EXECUTABLE the executable (default: one compiled for this); `--source`
 * runs the source instead.
 *
 * It prints a table of the families. The last line is `N passed, N failed`.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { FAMILIES } from "../tests/faults/families.ts";
import type { Family, Point, Survival } from "../tests/faults/family.ts";
import { KILLS } from "../tests/faults/kills.ts";
import { Lab } from "../tests/faults/lab.ts";
import { majors } from "../tests/support/cluster.ts";
import { ROOT } from "./bun.ts";

const { values } = parseArgs({
  options: {
    family: { type: "string", multiple: true },
    seed: { type: "string", default: "1" },
    points: { type: "string" },
    only: { type: "string", multiple: true },
    source: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const count = values.points === undefined ? undefined : Number(values.points);
const only = values.only?.map(Number);
const families = FAMILIES.filter(({ name }) => values.family?.includes(name) ?? true);
const names = FAMILIES.map(({ name }) => name);
for (const name of values.family ?? []) {
  if (!names.includes(name)) throw new Error(`--family ${name}: there are ${names.join(", ")}`);
}

process.chdir(ROOT);
if (!values.source) process.env["MIGRATOR_TEST_EXECUTABLE"] ??= compiled();
const labs = await Promise.all(
  Array.from(
    { length: Math.min(4, os.availableParallelism()) },
    () => Lab.open(majors[0]!, { fsync: "on", full_page_writes: "on" }),
  ),
);

/** One row of the table. */
interface Row {
  readonly family: Family;
  /** Undefined where a point failed. */
  readonly survivals: readonly (Survival | undefined)[];
  readonly seconds: number;
  /** Why the family was skipped. */
  readonly skipped: string | undefined;
}

const rows: Row[] = [];
for (const family of families) {
  const row = await tryFamily(family);
  rows.push(row);
  console.log(table([row]).at(-1));
}
await Promise.all(labs.map((lab) => lab.close()));

console.log(
  `\nPostgreSQL ${majors[0]}, seed ${seed}, ${values.source ? "source" : "executable"}:\n`,
);
for (const line of table(rows)) console.log(line);
const all = rows.flatMap(({ survivals }) => survivals);
const lost = all.reduce((sum, survival) => sum + (survival?.lost ?? 0), 0);
console.log(
  `\n${lost} migrations that were not durable yet were lost with a server, and came back`,
);
const passed = all.filter(Boolean).length;
let failed = all.length - passed;
if (
  rows.some(({ family, survivals }) => family === KILLS && survivals.length >= 200) && lost === 0
) {
  failed++;
  console.log("FAILED no server lost anything that was not durable, so its crashes showed nothing");
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** Each lab takes the next point as soon as it can. */
async function tryFamily(family: Family): Promise<Row> {
  const skipped = family.impossible?.();
  if (skipped !== undefined) {
    console.log(`SKIPPED ${family.name}: ${skipped}`);
    return { family, survivals: [], seconds: 0, skipped };
  }
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const chosen = family.choose(labs[0]!, { seed, ...(count === undefined ? {} : { count }) })
    .filter(({ number }) => only?.includes(number) ?? true);
  console.log(`${family.name}: ${chosen.length} points: ${family.what}`);
  const waiting = [...chosen];
  const survivals: (Survival | undefined)[] = [];
  const work = async (lab: Lab) => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      survivals.push(await tryPoint(lab, { family, point }));
      if (survivals.length % 20 === 0) {
        console.log(`${survivals.length} of ${chosen.length} after ${seconds()} s`);
      }
    }
  };
  await Promise.all(
    labs.flatMap((lab) => Array.from({ length: family.atOnce }, () => work(lab))),
  );
  return { family, survivals, seconds: seconds(), skipped };
}

async function tryPoint(
  lab: Lab,
  { family, point: { name, number, strike } }: { readonly family: Family; readonly point: Point },
): Promise<Survival | undefined> {
  try {
    const survival = await strike(lab);
    if (!survival.hit) console.log(`missed #${number} ${name}`);
    if (only) console.log(`#${number} ${name}: ${JSON.stringify(survival)}`);
    return survival;
  } catch (error) {
    console.log(`FAILED ${family.name} #${number} ${name}\n${indented(error)}`);
    return undefined;
  }
}

/** Markdown, as `docs/reliability.md` shows it. */
function table(rows: readonly Row[]): readonly string[] {
  const cells = rows.map(({ family, survivals, seconds, skipped }) => {
    const count = (is: (survival: Survival) => boolean) =>
      String(survivals.filter((survival) => survival !== undefined && is(survival)).length);
    return skipped === undefined
      ? [
        family.name,
        String(survivals.length),
        count(({ mending, hit }) => hit && mending === "none"),
        count(({ mending }) => mending === "repair"),
        count(({ mending }) => mending === "person"),
        count(({ hit }) => !hit),
        String(survivals.filter((survival) => survival === undefined).length),
        String(seconds),
      ]
      : [family.name, "skipped", "", "", "", "", "", ""];
  });
  const head = [
    "family",
    "points",
    "survived",
    "needed repair",
    "needed a person",
    "missed",
    "failed",
    "seconds",
  ];
  const all = [head, ...cells];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)];
}

function indented(error: unknown): string {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  return text.split("\n").slice(0, 60).map((line) => `    ${line}`).join("\n");
}

function compiled(): string {
  const file = path.join(ROOT, "dist", "faults", "migrator");
  const { status } = spawnSync(process.execPath, ["run", "-A", "tools/compile.ts", file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`Compiling ${file} failed (${status})`);
  return file;
}
