// Pure.
/**
 * How bad a difference is.
 *
 * @module
 */

import type { Difference, FieldDifference } from "../schema/compare_schemas.ts";

/**
 * - `error`: the product or a migration may fail on it, or rows may be wrong.
 * - `warning`: it costs speed, space or safety, or is there without anybody having migrated it.
 * - `notice`: nobody but people notices it.
 */
export type Severity = "error" | "warning" | "notice";

/** From the worst to the mildest. */
export const SEVERITIES = ["error", "warning", "notice"] as const satisfies readonly Severity[];

/** Kinds that only make things faster. */
const SPEED = ["index", "statistics"];

/** Kinds that change what is written, or refuse it, when they are added. */
const IN_THE_WAY = ["constraint", "trigger", "rule", "policy", "event trigger"];

const NOTICED_BY_PEOPLE = ["comment", "statistics"];

/** What costs speed, space or safety, and leaves rows and statements alone. */
const CIRCUMSTANCES = [
  "owner",
  "granted",
  "revoked",
  "securityLabels",
  "options",
  "tablespace",
  "storage",
  "compression",
  "clustered",
  "dependsOnExtensions",
];

/** The severity of one difference: that of its worst field. */
export function severityOf(difference: Difference): Severity {
  switch (difference.change) {
    case "missing":
      return isSpeed(difference.expected) ? "warning" : "error";
    case "extra":
      return IN_THE_WAY.includes(difference.actual.kind) || isUnique(difference.actual)
        ? "error"
        : "warning";
    case "different": {
      const severities = difference.fields.map((field) => fieldSeverity(field, difference));
      return SEVERITIES.find((severity) => severities.includes(severity))!;
    }
  }
}

function isSpeed(object: { readonly kind: string }): boolean {
  return SPEED.includes(object.kind) && !isUnique(object);
}

function isUnique(object: { readonly kind: string; readonly definition?: unknown }): boolean {
  return object.kind === "index" && /^CREATE UNIQUE /.test(String(object.definition));
}

function fieldSeverity(
  { field, column, expected, actual }: FieldDifference,
  { actual: object }: Extract<Difference, { readonly change: "different" }>,
): Severity {
  if (column !== undefined && field === `columns.${column}`) {
    return expected === undefined && !isRequired(actual) ? "warning" : "error";
  }
  const name = column === undefined ? field : field.slice(`columns.${column}.`.length);
  if (NOTICED_BY_PEOPLE.includes(name)) return "notice";
  return CIRCUMSTANCES.includes(name) || isSpeed(object) ? "warning" : "error";
}

/** Whether an INSERT that does not name the column may be refused. */
function isRequired(column: unknown): boolean {
  return typeof column === "object" && column !== null && "notNull" in column;
}
