/**
 * `deno task test:fuzz [--minutes N] [--seed N] [--only TARGET]`: draws inputs for every reader of what
 * others wrote, in turn, until the time is over (default: two minutes). The first that is not read well
 * is shrunk and kept in `tests/fuzz/corpus`, where the suite reads it from then on; its seed is printed.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import * as fc from "fast-check";
import { readInTime } from "../tests/fuzz/target.ts";
import { keepInput, TARGETS } from "../tests/fuzz/targets.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    only: { type: "string" },
  },
});
const minutes = Number(values.minutes);
const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only);
if (!(minutes > 0) || targets.length === 0) {
  throw new Error(
    `usage: deno task test:fuzz [--minutes N] [--seed N] [--only ${
      TARGETS.map(({ name }) => name).join("|")
    }]`,
  );
}

/** Milliseconds for one round of a target. */
const LONGEST = 120_000;

const end = performance.now() + minutes * 60_000;
let seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
console.log(`seed ${seed}`);
const read = new Map<string, number>();
do {
  for (const target of targets) {
    const property = fc.asyncProperty(target.inputs, (input) => readInTime(target, input));
    const details = await fc.check(property, {
      seed,
      numRuns: target.runs,
      // Also the end of shrinking: an input that is not the smallest is better than none.
      interruptAfterTimeLimit: LONGEST,
    });
    read.set(target.name, (read.get(target.name) ?? 0) + details.numRuns);
    if (!details.failed) continue;
    const [input] = details.counterexample ?? [];
    const file = keepInput(target, input);
    console.log(`FAILED ${target.name}, --seed ${seed} --only ${target.name}: kept as ${file}`);
    console.log(JSON.stringify(input));
    console.log(
      details.errorInstance instanceof Error ? details.errorInstance.stack : details.errorInstance,
    );
    process.exit(1);
  }
  seed++;
} while (performance.now() < end);
for (const [name, count] of read) console.log(`${name.padEnd(20)} ${count} inputs`);
console.log("all were read, or refused by name, in time");
process.exit(0);
