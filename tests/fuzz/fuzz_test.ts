import { describe, test } from "node:test";
import * as fc from "fast-check";
import { readInTime } from "./target.ts";
import { corpusOf, TARGETS } from "./targets.ts";

/** Any, but the same: what the suite finds can be found again. `deno task test:fuzz` draws others. */
const SEED = 20_261_130;

describe("whatever others wrote is read, or refused by name, in bounded time", () => {
  for (const target of TARGETS) {
    for (const [file, input] of corpusOf(target)) {
      test(`${target.name}: ${file}`, { timeout: 60_000 }, () => readInTime(target, input));
    }
    test(`${target.name}: ${target.runs} inputs`, { timeout: 120_000 }, async () => {
      const property = fc.asyncProperty(target.inputs, (input) => readInTime(target, input));
      await fc.assert(property, { seed: SEED, numRuns: target.runs });
    });
  }
});
