// Pure.
/**
 * Judges from a body's text and the catalogs the effects of running it over a whole table.
 *
 * @module
 */

import type { TableFinding } from "../strategy/finding.ts";
import type { BodyFacts, ForeignKey } from "./body_facts.ts";
import type { BodyShape } from "./body_shape.ts";

/** The number of rows from which on autovacuum settings for the table are worthwhile. */
const MANY_ROWS = 1_000_000;

/** Bytes of another table that a lookup for one row may read, which takes milliseconds. */
const LARGE = 8 * 1024 * 1024;

/** @param relation The table, qualified and quoted. */
export function assessShape(
  shape: BodyShape,
  { facts, relation }: { readonly facts: BodyFacts; readonly relation: string },
): readonly TableFinding[] {
  const written = new Set(shape.updated);
  const touches = (key: ForeignKey) => key.columns.some((name) => written.has(name));
  const referring = facts.keys.filter((key) =>
    !key.isOurs && !key.isIndexed && (shape.deletes || touches(key))
  );
  return [
    ...referring.map((key) => unindexed(key, relation)),
    ...(shape.unguarded.length > 0 ? [withoutGuard(shape.unguarded, relation)] : []),
    ...(facts.volatile.length > 0 ? [volatile(facts.volatile)] : []),
    ...facts.keys.filter((key) => key.isOurs && touches(key)).map((key) =>
      warning("background/plan-foreign-key", {
        message: `Each row that gets another ${key.columns.join(", ")} is looked up in ` +
          `${key.other}, and locks its row there (${key.name}).`,
        hint: "Nothing to do where that table is small or its rows are rarely changed; else add " +
          "the constraint as NOT VALID after the batched migration.",
      })
    ),
    ...((facts.tuples ?? 0) >= MANY_ROWS && !facts.ownAutovacuum &&
        (shape.deletes || shape.updated.length > 0)
      ? [warning("background/plan-autovacuum", {
        message: `Autovacuum comes to ${relation} after ${
          Math.round((facts.tuples ?? 0) / 5)
        } dead rows by default, and until then they stay.`,
        hint: `Meanwhile: ALTER TABLE ${relation} SET (autovacuum_vacuum_scale_factor = 0.01, ` +
          "autovacuum_vacuum_cost_delay = 1); afterwards RESET both.",
      })]
      : []),
  ];
}

function warning(
  code: TableFinding["code"],
  { message, hint }: { readonly message: string; readonly hint: string },
): TableFinding {
  return { level: "warn", code, message, hint };
}

function unindexed(
  { name, other, otherColumns, otherBytes }: ForeignKey,
  relation: string,
): TableFinding {
  return {
    level: otherBytes < LARGE ? "warn" : "refuse",
    code: "background/plan-nested-scan",
    message: `${other} refers to ${relation} (${name}) without an index: for each row, all of it ` +
      "is read to see whether anything refers to that row.",
    hint: `CREATE INDEX CONCURRENTLY ON ${other} (${otherColumns.join(", ")});`,
  };
}

function withoutGuard(columns: readonly string[], relation: string): TableFinding {
  const [first] = columns;
  return warning("background/plan-no-guard", {
    message: `No condition asks for ${columns.join(", ")}: rows of ${relation} that have the ` +
      "value already are written anew, with their WAL and their dead rows.",
    hint:
      `Add \`AND ${first} IS DISTINCT FROM …\` with what it is set to, or \`${first} IS NULL\`.`,
  });
}

function volatile(functions: readonly string[]): TableFinding {
  return warning("background/plan-volatile", {
    message: `The statements call what answers otherwise each time: ${functions.join(", ")}.`,
    hint: "Nothing to do where that is meant; a rehearsal, and a second run, give other values.",
  });
}
