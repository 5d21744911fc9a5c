// Pure.
/**
 * Parameters of a batched migration in TypeScript, and the check of arguments against them.
 *
 * @module
 */

import type { JobArgument, JobArguments } from "./job_arguments.ts";

/**
 * The kind of an argument: text, an integer or a number, a boolean, any JSON, or one of some words.
 * Numbers are exact up to 2^53; larger ones must be text.
 */
export type ArgumentKind =
  | "text"
  | "integer"
  | "number"
  | "boolean"
  | "json"
  | readonly string[];

/** A required argument, or one with a default. */
export type JobParameter =
  | ArgumentKind
  | { readonly is: ArgumentKind; readonly default: JobArgument };

/** Parameters by name. */
export type JobParameters = { readonly [name: string]: JobParameter };

/** The TypeScript type of an argument of a kind. */
export type ValueOf<Kind> = Kind extends "text" ? string
  : Kind extends "integer" | "number" ? number
  : Kind extends "boolean" ? boolean
  : Kind extends "json" ? JobArgument
  : Kind extends readonly (infer Word)[] ? Word
  : never;

/** The TypeScript type of the arguments that a job receives. */
export type ArgumentsOf<Parameters extends JobParameters> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends { readonly is: infer Kind }
    ? ValueOf<Kind>
    : ValueOf<Parameters[Name]>;
};

/** The default values of the parameters that have one. */
export function defaultsOf(parameters: JobParameters): JobArguments {
  return Object.fromEntries(
    Object.entries(parameters).flatMap(([name, one]) =>
      isOptional(one) ? [[name, one.default] as const] : []
    ),
  );
}

/**
 * What is wrong with the arguments, each as a predicate: `has no argument kind`; empty when they
 * are valid.
 */
export function argumentFaults(
  parameters: JobParameters,
  given: JobArguments,
): readonly string[] {
  const strange = Object.keys(given).filter((name) => !Object.hasOwn(parameters, name));
  return [
    ...strange.map((name) => `takes no argument ${name}`),
    ...Object.entries(parameters).flatMap(([name, one]) => {
      const kind = isOptional(one) ? one.is : one;
      const value = given[name];
      if (value === undefined) return [`needs the argument ${name}, ${kindText(kind)}`];
      if (isOf(kind, value)) return [];
      return [`needs ${kindText(kind)} for ${name}, not ${JSON.stringify(value)}`];
    }),
  ];
}

/** Whether a value is a parameter, for definitions that no compiler has checked. */
export function isParameter(value: unknown): value is JobParameter {
  if (typeof value === "object" && value !== null && "is" in value) {
    const { is, default: usual } = value as { readonly is: unknown; readonly default?: unknown };
    return isKind(is) && usual !== undefined && isOf(is, usual as JobArgument);
  }
  return isKind(value);
}

const KINDS: readonly unknown[] = ["text", "integer", "number", "boolean", "json"];

function isKind(value: unknown): value is ArgumentKind {
  return KINDS.includes(value) ||
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === "string");
}

function isOptional(
  one: JobParameter,
): one is { readonly is: ArgumentKind; readonly default: JobArgument } {
  return typeof one === "object" && "is" in one;
}

function isOf(kind: ArgumentKind, value: JobArgument): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return typeof value === "boolean";
    case "json":
      return isJson(value);
    default:
      return kind.some((word) => word === value);
  }
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === "object" && Object.values(value).every(isJson);
}

function kindText(kind: ArgumentKind): string {
  switch (kind) {
    case "text":
      return "some text";
    case "integer":
      return "a whole number";
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "json":
      return "a value of JSON";
    default:
      return `one of ${kind.join(", ")}`;
  }
}
