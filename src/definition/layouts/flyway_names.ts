// Pure.
/**
 * Names of Flyway's migrations: `V1.2__add_users.sql`.
 *
 * @module
 */

import { LARGEST_VERSION } from "../migration/version.ts";

/** A name, taken apart. */
export interface FlywayName {
  readonly kind: "versioned" | "undo" | "baseline" | "repeatable";
  /** Without zeros that do not count; none for a repeatable one. */
  readonly components: readonly bigint[];
  /** With spaces where the name has underscores. */
  readonly description: string;
}

const KINDS = { V: "versioned", U: "undo", B: "baseline", R: "repeatable" } as const;

const NAME = /^(?:([VUB])([0-9]+(?:[._][0-9]+)*)|(R))__(.*)\.sql$/s;

/** Undefined for what is not called like a migration. */
export function flywayName(name: string): FlywayName | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, letter, version = "", repeatable, title] = match;
  const components = version === "" ? [] : version.split(/[._]/).map(BigInt);
  // 1.0 is 1.
  while (components.length > 1 && components.at(-1) === 0n) components.pop();
  return {
    kind: KINDS[(letter ?? repeatable) as keyof typeof KINDS],
    components,
    description: title!.replaceAll("_", " "),
  };
}

/** Compares by component: 1.2 comes before 1.10, and 1 before 1.1. */
export function compareComponents(a: readonly bigint[], b: readonly bigint[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const [left, right] = [a[at] ?? 0n, b[at] ?? 0n];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** `1.2`, as Flyway's table has it but for zeros at its end. */
export function versionText(components: readonly bigint[]): string {
  return components.join(".");
}

const DIGITS = 4;

/**
 * The number that stands for a version here: the first component, and four digits for each that
 * follows, or as many as it has: 1.2 is 10002.
 *
 * @returns Undefined where it is too large.
 */
export function versionNumber(components: readonly bigint[]): bigint | undefined {
  const [first = 0n, ...others] = components;
  const text = String(first) + others.map((one) => String(one).padStart(DIGITS, "0")).join("");
  const number = BigInt(text);
  return number > LARGEST_VERSION ? undefined : number;
}
