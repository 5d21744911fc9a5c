// Pure.
/**
 * The results of `verify`, for people and for programs.
 *
 * @module
 */

import { formatPlace } from "../../failure.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import type { Style } from "../../report/style.ts";
import type { RefusedRun, Verification } from "../../verify/verify_migrations.ts";
import { differenceLines } from "./difference_lines.ts";

const REFUSED: Readonly<Record<RefusedRun, string>> = {
  "down": "its down script cannot run",
  "up-after-down": "its up script cannot run again after its down script",
  "up-twice": "its up script cannot run twice",
  "down-twice": "its down script cannot run twice",
};

/** The lines of a finding; none for a migration without one. */
export function verificationLines(verification: Verification, style: Style): readonly string[] {
  const { definition } = verification;
  const label = style.bold(`${definition.version} ${definition.name}`.trimEnd());
  switch (verification.kind) {
    case "reversible":
    case "irreversible":
      return [];
    case "refused": {
      const { failure: { message, place }, when } = verification;
      return [`${label}: ${REFUSED[when]}`, `    ${message}`]
        .concat(place ? [`    at ${formatPlace(place)}`] : []);
    }
    case "different": {
      const words = { missing: "is gone", extra: "is left behind" };
      return [
        `${label}: its down script does not restore the schema`,
        ...(definition.down ? [`    at ${definition.down.path}`] : []),
        ...verification.differences.flatMap((difference) =>
          differenceLines(difference, { style, words })
        ).map((line) => `    ${line}`),
      ];
    }
  }
}

/** The result as a JSON object. */
export function verificationRecord(verification: Verification, database: string): JsonRecord {
  const { definition: { version, name, down }, kind } = verification;
  return {
    event: "verified",
    database,
    version,
    name,
    result: kind,
    ...(kind === "different"
      ? {
        place: down ? { file: down.path } : null,
        differences: verification.differences.map((difference) => ({
          change: difference.change,
          object: difference.address,
          ...(difference.change === "different" ? { fields: difference.fields } : {}),
        })),
      }
      : {}),
    ...(kind === "refused"
      ? {
        when: verification.when,
        message: verification.failure.message,
        place: verification.failure.place ?? null,
      }
      : {}),
  };
}
