// Pure.
/**
 * A finding about scanning a table as declared: a refusal or a warning.
 *
 * @module
 */

import { type Code, Failure } from "../../failure.ts";

/** One thing found. */
export interface TableFinding {
  /** `refuse`: rows would be missed or done twice, or it would not run at all. */
  readonly level: "refuse" | "warn";
  /** Stable, of the family `background`. */
  readonly code: Code & `background/${string}`;
  /** A sentence that names the table. */
  readonly message: string;
  /** The SQL to type, or what to change in the declaration. */
  readonly hint: string;
}

/** Those that stand in the way, as what is thrown. */
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
