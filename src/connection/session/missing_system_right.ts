// Pure.
/**
 * Names the GRANT that gives back a right which every role has until an administrator revokes it: on the
 * functions and views of the catalog.
 *
 * @module
 */

/** The forms that migrator calls of functions whose name alone does not identify them. */
const OVERLOADED: Readonly<Record<string, readonly string[]>> = {
  current_setting: ["(text)", "(text, boolean)"],
  pg_advisory_xact_lock: ["(bigint)"],
  pg_try_advisory_xact_lock: ["(bigint)"],
};

/**
 * The hint for an error 42501 that a query of migrator's own met.
 *
 * @param message The server's, in English: a relation of the catalog is recognised by its prefix `pg_`.
 * @param role Quoted.
 * @returns Undefined if the message names no object of the catalog.
 */
export function missingSystemRight(message: string, role: string): string | undefined {
  const [, kind, name = ""] =
    /^permission denied for (function|table|view) ([a-z_][a-z0-9_]*)$/.exec(message) ?? [];
  if (kind === undefined || kind !== "function" && !name.startsWith("pg_")) return undefined;
  const objects = kind === "function"
    ? `EXECUTE ON FUNCTION ${
      (OVERLOADED[name] ?? [""]).map((form) => `pg_catalog.${name}${form}`).join(", ")
    }`
    : `SELECT ON pg_catalog.${name}`;
  return "Every role has this right until an administrator revokes it. Let a superuser run, in that " +
    `database: GRANT ${objects} TO ${role}`;
}
