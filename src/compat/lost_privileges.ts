// Pure.
/**
 * Privileges that roles had on an object, and have no longer.
 *
 * @module
 */

import type { Difference } from "../schema/compare_schemas.ts";
import type { Privileges } from "../schema/model/schema.ts";
import type { Incompatibility } from "./incompatibility.ts";

/** One finding for each role. Objects that are gone have none: that is a finding of its own. */
export function lostPrivileges(difference: Difference): readonly Incompatibility[] {
  if (difference.change !== "different") return [];
  const { address, fields } = difference;
  return fields.flatMap(({ field, column, expected, actual }) => {
    const name = field.split(".").at(-1);
    const of = column === undefined ? "" : ` of column ${column}`;
    if (name === "granted") return lost(expected, actual).map(finding(address, of));
    if (name === "revoked") return lost(actual, expected).map(finding(address, of));
    return [];
  });
}

/** What is in `before` and not in `after`. */
function lost(before: unknown, after: unknown): readonly Privileges[] {
  const kept = new Map(listOf(after).map(({ role, privileges }) => [role, new Set(privileges)]));
  return listOf(before).flatMap(({ role, privileges }) => {
    const gone = privileges.filter((one) => !kept.get(role)?.has(one));
    return gone.length === 0 ? [] : [{ role, privileges: gone }];
  });
}

function listOf(value: unknown): readonly Privileges[] {
  return Array.isArray(value) ? value as readonly Privileges[] : [];
}

const finding =
  (object: string, of: string) => ({ role, privileges }: Privileges): Incompatibility => ({
    code: "privilege-gone",
    severity: "breaks",
    object,
    what: `${role} has lost ${privileges.join(", ")}${of}`,
    consequence: "Statements of that role that need it fail.",
  });
