// Pure.
/**
 * What older releases of PostgreSQL do not understand. From the release notes of PostgreSQL 14 to 18.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { nodesIn } from "../../sql/syntax_tree.ts";
import { alterationsOf, newConstraints } from "./alteration.ts";
import { textsOf } from "./relation_name.ts";
import type { KnownSchema } from "./known_schema.ts";

/** One feature that a statement uses. */
export interface ServerFeature {
  /** The first major release that has it. */
  readonly since: number;
  /** Its name, as the subject of a sentence. */
  readonly name: string;
}

/** The features that a statement needs and that PostgreSQL 13 lacks. */
export function featuresOf(node: Node, schema: KnownSchema): readonly ServerFeature[] {
  const found = new Map<string, number>();
  const add = (since: number, name: string) => found.set(name, since);
  for (const one of nodesIn(node)) ofNode(one, add);
  for (const { command: { subtype, def }, table } of alterationsOf(node)) {
    const detaches = def !== undefined && "PartitionCmd" in def && def.PartitionCmd.concurrent;
    if (subtype === "AT_DetachPartition" && detaches) add(14, "DETACH PARTITION CONCURRENTLY");
    if (subtype === "AT_SetCompression") add(14, "SET COMPRESSION");
    if (subtype === "AT_SetAccessMethod") add(15, "ALTER TABLE ... SET ACCESS METHOD");
    if (subtype === "AT_SetExpression") add(17, "ALTER COLUMN ... SET EXPRESSION");
    if (
      subtype === "AT_AlterConstraint" && /"alterEnforceability":true/.test(JSON.stringify(def))
    ) {
      add(18, "ALTER CONSTRAINT ... ENFORCED");
    }
    const isNotNull = def !== undefined && "Constraint" in def &&
      def.Constraint.contype === "CONSTR_NOTNULL";
    if (subtype === "AT_AddConstraint" && isNotNull) add(18, "ADD CONSTRAINT ... NOT NULL");
    const isForeign = def !== undefined && "Constraint" in def &&
      def.Constraint.contype === "CONSTR_FOREIGN" && def.Constraint.skip_validation;
    if (
      subtype === "AT_AddConstraint" && isForeign && schema.table(table)?.kind === "partitioned"
    ) {
      add(18, "A foreign key NOT VALID of a partitioned table");
    }
  }
  for (const { constraint, table } of newConstraints(node)) {
    const { contype, nulls_not_distinct, is_enforced, generated_kind, without_overlaps } =
      constraint;
    const isCheck = contype === "CONSTR_CHECK" || contype === "CONSTR_FOREIGN";
    if (nulls_not_distinct) add(15, "UNIQUE NULLS NOT DISTINCT");
    if (isCheck && is_enforced !== true) add(18, "NOT ENFORCED");
    if (contype === "CONSTR_GENERATED" && generated_kind === "v") {
      add(18, "A virtual generated column");
    }
    if (without_overlaps) add(18, "WITHOUT OVERLAPS");
    if (contype === "CONSTR_EXCLUSION" && schema.table(table)?.kind === "partitioned") {
      add(17, "An exclusion constraint of a partitioned table");
    }
    if (contype === "CONSTR_FOREIGN" && (constraint.fk_del_set_cols?.length ?? 0) > 0) {
      add(15, "ON DELETE SET NULL with columns");
    }
  }
  return [...found].map(([name, since]) => ({ name, since }));
}

function ofNode(node: Node, add: (since: number, name: string) => void): void {
  if ("MergeStmt" in node) {
    add(15, "MERGE");
    const { mergeWhenClauses = [], returningList, returningClause } = node.MergeStmt as {
      readonly mergeWhenClauses?: readonly Node[];
      readonly returningList?: unknown;
      readonly returningClause?: unknown;
    };
    if (returningList !== undefined || returningClause !== undefined) {
      add(17, "MERGE ... RETURNING");
    }
    if (JSON.stringify(mergeWhenClauses).includes("MERGE_WHEN_NOT_MATCHED_BY_SOURCE")) {
      add(17, "WHEN NOT MATCHED BY SOURCE");
    }
  } else if ("IndexStmt" in node) {
    if (node.IndexStmt.nulls_not_distinct) add(15, "NULLS NOT DISTINCT");
  } else if ("ColumnDef" in node) {
    if (node.ColumnDef.compression !== undefined) add(14, "COMPRESSION of a column");
    if (node.ColumnDef.storage_name !== undefined) add(16, "STORAGE in CREATE TABLE");
  } else if ("CreateTrigStmt" in node) {
    if (node.CreateTrigStmt.replace) add(14, "CREATE OR REPLACE TRIGGER");
  } else if ("CreateFunctionStmt" in node) {
    if (node.CreateFunctionStmt.sql_body !== undefined) add(14, "A function with an SQL body");
  } else if ("ReindexStmt" in node) {
    const options = node.ReindexStmt.params ?? [];
    if (options.some((one) => "DefElem" in one && one.DefElem.defname === "tablespace")) {
      add(14, "REINDEX (TABLESPACE)");
    }
  } else if ("CreateStatsStmt" in node) {
    if (JSON.stringify(node.CreateStatsStmt.exprs ?? []).includes(`"expr":`)) {
      add(14, "CREATE STATISTICS of an expression");
    }
  } else if ("ViewStmt" in node) {
    const options = node.ViewStmt.options ?? [];
    if (options.some((one) => "DefElem" in one && one.DefElem.defname === "security_invoker")) {
      add(15, "security_invoker");
    }
  } else if ("GrantStmt" in node) {
    if (node.GrantStmt.objtype === "OBJECT_PARAMETER_ACL") add(15, "GRANT ... ON PARAMETER");
  } else if ("FuncCall" in node) {
    const name = textsOf(node.FuncCall.funcname).at(-1) ?? "";
    const since = FUNCTIONS[name];
    if (since !== undefined) add(since, `${name}()`);
  } else if ("JsonTable" in node) add(17, "JSON_TABLE");
  else if ("JsonFuncExpr" in node) add(17, "JSON_EXISTS, JSON_QUERY and JSON_VALUE");
  else if ("JsonObjectConstructor" in node) add(16, "JSON_OBJECT");
  else if ("JsonArrayConstructor" in node) add(16, "JSON_ARRAY");
  else if ("JsonIsPredicate" in node) add(16, "IS JSON");
  else if ("RangeSubselect" in node && node.RangeSubselect.alias === undefined) {
    add(16, "A subquery in FROM without an alias");
  }
}

/** Functions by the first release that has them, where migrations use them. */
const FUNCTIONS: Readonly<Record<string, number>> = {
  date_bin: 14,
  string_to_table: 14,
  bit_count: 14,
  trim_array: 14,
  range_agg: 14,
  regexp_like: 15,
  regexp_count: 15,
  regexp_instr: 15,
  regexp_substr: 15,
  any_value: 16,
  array_shuffle: 16,
  array_sample: 16,
  date_add: 16,
  random_normal: 16,
  to_bin: 17,
  to_oct: 17,
  uuidv7: 18,
  uuidv4: 18,
  array_reverse: 18,
  array_sort: 18,
  casefold: 18,
  crc32: 18,
  gamma: 18,
};
