// Pure.
/**
 * The SQL that undoes drift, as a file for psql.
 *
 * @module
 */

import type { Drift } from "../../drift/find_drift.ts";
import type { Effect } from "../../schema/model/repair_statement.ts";
import { WRITTEN_SETTINGS } from "../../schema/write_schema.ts";

const WARNINGS: Readonly<Record<Effect, string>> = {
  loss: "LOSES DATA",
  rewrite: "writes the whole table anew; nobody can read it meanwhile",
  scan: "reads the whole table; nobody can write to it meanwhile",
};

/** Each statement stands in a transaction of its own, with what it does to those who use the table. */
export function revertScript({ differences, revert }: Drift): string {
  return [
    `-- Takes ${differences.length} object(s) back to what the applied migrations make.`,
    "-- Run it with psql, as the role that migrates. It stops at the first error, and can be run again",
    "-- only after migrator drift has made a new one.",
    "\\set ON_ERROR_STOP on",
    "SET lock_timeout = '2s';",
    ...WRITTEN_SETTINGS.map((setting) => `${setting};`),
    ...revert.byHand.map(({ address, reason }) => `\n-- By hand: ${oneLine(address)}: ${reason}`),
    ...revert.statements.flatMap(({ sql, effects }) => [
      "",
      ...effects.map((effect) => `-- ${WARNINGS[effect]}`),
      `${sql};`,
    ]),
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ");
}
