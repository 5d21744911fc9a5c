// Pure.
/**
 * What a runner's JUnit report says of its tests.
 *
 * @module
 */

/** One test. */
export interface Case {
  /** Its suites and its own name, from the outside in: `a suite > a test`. */
  readonly name: string;
  readonly seconds: number;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What it failed with, and where; empty when it did not fail. */
  readonly message: string;
}

/** Skipped tests are in neither. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Single tests, as people count them: a suite, which Deno reports as a case beside its own tests, is one
 * only when it failed and none of its tests did, because then one of its hooks failed.
 */
export function readCases(report: string): readonly Case[] {
  const cases = readElements(report);
  const suites = new Set(cases.flatMap(({ name }) => ancestors(name)));
  const blamed = new Set(
    cases.filter(({ name, outcome }) => outcome === "failed" && !suites.has(name))
      .flatMap(({ name }) => ancestors(name)),
  );
  return cases.filter(({ name, outcome }) =>
    !suites.has(name) || (outcome === "failed" && !blamed.has(name))
  );
}

/** How many of them passed and failed. */
export function countCases(cases: readonly Case[]): Count {
  return {
    passed: cases.filter(({ outcome }) => outcome === "passed").length,
    failed: cases.filter(({ outcome }) => outcome === "failed").length,
  };
}

const CASE = /<testcase name="([^"]*)"([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const FAILURE = /<(?:failure|error)\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:failure|error)>)/;

function readElements(report: string): Case[] {
  return [...report.matchAll(CASE)].map(([, name = "", attributes = "", body = ""]) => {
    const failure = FAILURE.exec(body);
    return {
      name: unescape([...suitesOf(attributes), name].join(SEPARATOR)),
      seconds: Number(attribute("time", attributes)),
      outcome: failure
        ? "failed" as const
        : /<skipped\b/.test(body)
        ? "skipped" as const
        : "passed" as const,
      message: unescape(failure?.[2] || attribute("message", failure?.[1])).trim(),
    };
  });
}

/** As it is written; empty where there is none. */
function attribute(name: string, attributes = ""): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
}

const SEPARATOR = " &gt; ";

/** Bun names the suites in `classname`, from the inside out; Deno names them in `name`, and a file there. */
function suitesOf(attributes: string): string[] {
  const suites = attribute("classname", attributes);
  if (suites === "" || attribute("file", attributes) === "") return [];
  return suites.split(SEPARATOR).reverse();
}

/** `a > b > c` stands in `a` and in `a > b`. */
function ancestors(name: string): string[] {
  const steps = name.split(" > ");
  return steps.slice(1).map((_, index) => steps.slice(0, index + 1).join(" > "));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function unescape(text: string): string {
  return text.replaceAll(
    /&(?:(\w+)|#x([0-9a-fA-F]+)|#(\d+));/g,
    (whole, name, hex, decimal) =>
      name
        ? ENTITIES[name] ?? whole
        : String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal)),
  );
}
