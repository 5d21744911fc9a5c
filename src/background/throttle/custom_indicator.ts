// Pure.
/**
 * The indicator of a declaration: a query that returns `signal` and `reason`.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { Judgement } from "./indicator.ts";
import type { Signal } from "./verdict.ts";

/** The name of its readings. */
export const CUSTOM = "indicator";

const SIGNALS: readonly Signal[] = ["full", "slow", "stop"];

/** Judges its result. Anything but one row with a valid signal is `unknown`. */
export function judgeCustom(rows: readonly Row[]): Judgement {
  const [row, second] = rows;
  if (!row || second) return unclear(`returned ${rows.length} rows, not one`);
  const signal = SIGNALS.find((one) => one === row["signal"]);
  if (!signal) {
    const found = row["signal"];
    return unclear(
      found === undefined
        ? "has no column `signal`"
        : `says ${found === null ? "NULL" : `'${found}'`}, which is none of ${SIGNALS.join(", ")}`,
    );
  }
  return { signal, reason: row["reason"] || `the throttle's own query says ${signal}` };
}

function unclear(what: string): Judgement {
  return { signal: "unknown", reason: `the throttle's own query ${what}` };
}
