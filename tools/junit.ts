// Pure.
/**
 * How many tests a runner's JUnit report says passed and failed.
 *
 * @module
 */

/** Skipped tests are in neither. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

interface Case {
  readonly name: string;
  readonly failed: boolean;
  readonly skipped: boolean;
}

/**
 * Counts single tests, as people do: a suite, which Deno reports as a case beside its own tests,
 * counts only when it failed and none of its tests did, because then one of its hooks failed.
 */
export function countCases(report: string): Count {
  const cases = readCases(report);
  const suites = new Set(cases.flatMap(({ name }) => ancestors(name)));
  const blamed = new Set(
    cases.filter(({ name, failed }) => failed && !suites.has(name))
      .flatMap(({ name }) => ancestors(name)),
  );
  const counted = cases.filter(({ name, failed }) =>
    !suites.has(name) || (failed && !blamed.has(name))
  );
  return {
    passed: counted.filter((one) => !one.failed && !one.skipped).length,
    failed: counted.filter((one) => one.failed).length,
  };
}

function readCases(report: string): Case[] {
  const pattern = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;
  return [...report.matchAll(pattern)].map(([, name = "", body = ""]) => ({
    name,
    failed: /<(?:failure|error)\b/.test(body),
    skipped: /<skipped\b/.test(body),
  }));
}

/** `a > b > c` stands in `a` and in `a > b`. */
function ancestors(name: string): string[] {
  const steps = name.split(" &gt; ");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join(" &gt; "));
}
