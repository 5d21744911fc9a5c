// Pure.
/**
 * A finding about scanning a table as declared: a refusal or a warning.
 *
 * @module
 */

import { type CodeOf, Failure } from "../../failure.ts";

/** One thing found. */
export interface TableFinding {
  /** `refuse`: rows would be missed or done twice, or the migration would not run. */
  readonly level: "refuse" | "warn";
  /** Stable, of the family `background`. */
  readonly code: CodeOf<"background">;
  /** A sentence that names the table. */
  readonly message: string;
  /** The SQL to type, or what to change in the declaration. */
  readonly hint: string;
}

/** The refusals, as failures to throw. */
export function refusals(
  findings: readonly TableFinding[],
  about: { readonly name: string; readonly path: string },
): readonly Failure[] {
  return findings.filter(({ level }) => level === "refuse").map(({ code, message, hint }) =>
    new Failure(code, `${about.name} cannot walk its table. ${message}`, {
      hint,
      place: { file: about.path },
    })
  );
}
