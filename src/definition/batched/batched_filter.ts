// Pure.
/**
 * Checks that a condition selects rows of one table, and the same rows on every evaluation.
 *
 * @module
 */

import type { SqlStatement } from "../../sql/script_statements.ts";
import { bareColumn, lastName, nodesIn } from "../../sql/syntax_tree.ts";
import type { Hole } from "./sql_template.ts";
import type { SqlReading } from "./sql_reading.ts";
import type { EmbeddedSql } from "../text/embedded_sql.ts";

const PREFIX = "SELECT ";

/** Wraps a condition into a statement that the parser accepts. */
export function filterText({ text, placeAt }: EmbeddedSql): EmbeddedSql {
  return {
    text: PREFIX + text,
    placeAt: (offset) => placeAt(Math.max(offset - PREFIX.length, 0)),
  };
}

/** Names of volatile functions. */
const VOLATILE: readonly string[] = [
  "clock_timestamp",
  "currval",
  "gen_random_uuid",
  "lastval",
  "nextval",
  "pg_sleep",
  "random",
  "setval",
  "statement_timestamp",
  "timeofday",
  "uuid_generate_v4",
  "uuidv4",
  "uuidv7",
];

const AGGREGATES: readonly string[] = [
  "array_agg",
  "avg",
  "bool_and",
  "bool_or",
  "count",
  "every",
  "jsonb_agg",
  "max",
  "min",
  "string_agg",
  "sum",
];

/**
 * Reports everything that disqualifies a text as a condition on one row.
 *
 * @returns False after a defect.
 */
export function filterDefects({ statement, refuse }: SqlReading, statements: number): boolean {
  let sound = true;
  const wrong = (message: string, { hint, at }: { hint: string; at?: number | undefined }) => {
    sound = false;
    refuse("definition/batched-filter", { message, hint, at });
  };
  if (statements !== 1 || !isOneCondition(statement)) {
    wrong("has a `filter` that is not one condition.", {
      hint: "Write what would stand behind WHERE: `filter: source_type <> 'Unused'`.",
    });
    return false;
  }
  for (const node of nodesIn(statement.node)) {
    if ("SubLink" in node) {
      wrong("asks other rows in `filter`.", {
        hint: "Write the sub-select into the WHERE of `sql`: a filter sees one row.",
        at: node.SubLink.location ?? 0,
      });
    } else if ("ParamRef" in node) {
      wrong("uses a parameter in `filter`, which nobody gives a value.", {
        hint: "Write `argument('name')`, and the value under `arguments`.",
        at: node.ParamRef.location ?? 0,
      });
    } else if ("ColumnRef" in node && bareColumn(node) === undefined) {
      wrong("qualifies a column in `filter`.", {
        hint: "Write the name of the column alone: a filter is about the rows of `table` only.",
        at: node.ColumnRef.location ?? 0,
      });
    } else if ("FuncCall" in node) {
      const { funcname, location, agg_star, agg_distinct, agg_order, agg_filter, over } =
        node.FuncCall;
      const name = lastName(funcname) ?? "";
      const isAggregate = AGGREGATES.includes(name) ||
        (agg_star ?? agg_distinct ?? agg_order ?? agg_filter ?? over) !== undefined;
      if (isAggregate || VOLATILE.includes(name)) {
        wrong(
          isAggregate
            ? `computes ${name}() over several rows in \`filter\`.`
            : `calls ${name}() in \`filter\`, which gives another answer each time.`,
          {
            hint: "Write a condition that is the same for a row whenever it is asked.",
            at: location ?? 0,
          },
        );
      }
    }
  }
  return sound;
}

/** Whether the text is only a condition: no second column, alias or FROM. */
function isOneCondition({ node }: SqlStatement): boolean {
  if (!("SelectStmt" in node)) return false;
  const { targetList, limitOption: _limit, op, ...others } = node.SelectStmt;
  const [target, second] = targetList ?? [];
  return op === "SETOP_NONE" && Object.keys(others).length === 0 && second === undefined &&
    target !== undefined && "ResTarget" in target && target.ResTarget.name === undefined;
}

/** An empty hole before each column, for the table's alias. */
export function filterColumns(statement: SqlStatement): readonly Hole[] {
  return [...nodesIn(statement.node)].flatMap((inner): readonly Hole[] => {
    const name = bareColumn(inner);
    if (!("ColumnRef" in inner) || name === undefined) return [];
    const at = statement.offsetOf(inner.ColumnRef.location ?? 0);
    return [{ start: at, end: at, kind: "column", name }];
  });
}
