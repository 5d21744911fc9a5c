// Pure.
/**
 * The SQL that ends drift: as a file for psql, and as the scripts of a migration.
 *
 * @module
 */

import type { Drift } from "../../drift/find_drift.ts";
import type { Effect } from "../../schema/model/repair_statement.ts";
import type { Repair } from "../../schema/repair_schema.ts";
import { WRITTEN_SETTINGS } from "../../schema/write_schema.ts";
import type { MigrationText } from "../../source/templates.ts";

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
    statementsText(revert),
  ].join("\n");
}

/** What makes the drift official: the way up makes it where it is not, the way down takes it away. */
export function incorporationText(
  { differences, revert, incorporate }: Drift,
  { label }: { readonly label: string },
): MigrationText {
  const builds = incorporate.statements.some(({ sql }) => CONCURRENT_INDEX.test(sql));
  const isPrivileged = [incorporate, revert].some(({ statements }) =>
    statements.some(({ sql }) => EXTENSION.test(sql))
  );
  return {
    up: [
      `-- Makes official what somebody changed on ${
        oneLine(label)
      } (${differences.length} object(s)).`,
      "-- Databases without the change get it. Where it is made already, record this migration instead",
      "-- of running it: migrator log add VERSION --up",
      statementsText(incorporate),
    ].join("\n"),
    down: [`-- Takes it away again.`, statementsText(revert)].join("\n"),
    metadata: [
      ...(builds ? ["createIndexConcurrently: true"] : []),
      ...(isPrivileged ? ["privileged: true"] : []),
      "nonIdempotent: true",
    ],
  };
}

const CONCURRENT_INDEX = /^CREATE (UNIQUE )?INDEX CONCURRENTLY /;
const EXTENSION = /^(CREATE|ALTER|DROP|COMMENT ON) EXTENSION /;

function statementsText({ statements, byHand }: Repair): string {
  return [
    ...byHand.map(({ address, reason }) => `\n-- By hand: ${oneLine(address)}: ${reason}`),
    ...statements.flatMap(({ sql, effects }) => [
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
