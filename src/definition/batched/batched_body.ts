// Pure.
/**
 * Checks that a statement can run once for each sub-batch and affects only the sub-batch's rows.
 *
 * @module
 */

import type { FuncCall, Node, RangeVar } from "@pgsql/types";
import { cannotRunInTransaction } from "../../sql/non_transactional.ts";
import { bareColumn, callsOf, conjuncts, nodesIn, relationsIn } from "../../sql/syntax_tree.ts";
import type { SqlReading } from "./sql_reading.ts";

/** Reports everything that disqualifies a statement as the body of a sub-batch. */
export function bodyDefects(reading: SqlReading): void {
  const { statement, refuse } = reading;
  const { node } = statement;
  const kind = refusedKind(node);
  if (kind !== undefined) {
    refuse("definition/batched-statement", { message: `${kind.message}.`, hint: kind.hint });
    return;
  }
  refuseParameters(reading);
  const calls = callsOf(node, "batch");
  if (calls.length === 0) {
    refuse("definition/batch-missing", {
      message: "has a statement without batch(), which each sub-batch would run for all rows.",
      hint: `Add it to its WHERE: \`WHERE batch(t)\`, t being the alias of ${reading.table.name}.`,
    });
  }
  const restricting = restrictingCalls(node);
  for (const call of calls) {
    refuseOtherTables(call, reading);
    if (restricting.has(call)) continue;
    refuse("definition/batch-misused", {
      message: "calls batch() where it does not keep the statement to the rows of the sub-batch.",
      hint: "Make it one of the conditions that AND joins in a WHERE.",
      at: call.location ?? 0,
    });
  }
  refuseOwnKey(reading);
  if (reading.strategy === "ctid" && calls.length > 0) refuseRepetition(reading);
}

const DML: readonly string[] = [
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "SelectStmt",
];

interface Refused {
  readonly message: string;
  readonly hint: string;
}

function refusedKind(node: Node): Refused | undefined {
  if ("SelectStmt" in node && node.SelectStmt.intoClause) {
    return { message: "creates a table in a sub-batch", hint: SCHEMA_HINT };
  }
  if (DML.some((kind) => kind in node)) return undefined;
  if ("TransactionStmt" in node) {
    return {
      message: "controls transactions in a sub-batch",
      hint: "Remove the statement: each sub-batch is one transaction already.",
    };
  }
  if ("VariableSetStmt" in node || "DiscardStmt" in node) {
    return {
      message: "changes settings in a sub-batch",
      hint:
        "Remove the statement. Limits are keys: `statementTimeout`, `lockTimeout`; write names " +
        "of tables with their schema.",
    };
  }
  if ("CallStmt" in node || "DoStmt" in node) {
    return {
      message: "runs code in a sub-batch that cannot be told its rows",
      hint:
        "Write a statement with `WHERE batch(t)`, such as `SELECT f(t.id) FROM … WHERE batch(t)`.",
    };
  }
  const outside = cannotRunInTransaction(node);
  if (outside !== undefined) {
    return { message: `has ${outside}, which no transaction can run`, hint: SCHEMA_HINT };
  }
  return { message: "has a statement in a sub-batch that moves no rows", hint: SCHEMA_HINT };
}

const SCHEMA_HINT =
  "Put it into a schema migration. A sub-batch is INSERT, UPDATE, DELETE, MERGE " +
  "or SELECT.";

function refuseParameters({ statement, refuse }: SqlReading): void {
  for (const node of nodesIn(statement.node)) {
    if (!("ParamRef" in node)) continue;
    refuse("definition/batched-argument", {
      message: "uses a parameter, which nobody gives a value.",
      hint: "Write `argument('name')`, and the value under `arguments`.",
      at: node.ParamRef.location ?? 0,
    });
  }
}

/** Calls of `batch()` that restrict every row that the statement affects. */
function restrictingCalls(tree: Node): ReadonlySet<FuncCall> {
  const conditions = [...nodesIn(tree)].flatMap((node): readonly (Node | undefined)[] => {
    if ("SelectStmt" in node) return [node.SelectStmt.whereClause];
    if ("UpdateStmt" in node) return [node.UpdateStmt.whereClause];
    if ("DeleteStmt" in node) return [node.DeleteStmt.whereClause];
    if ("JoinExpr" in node) {
      return (node.JoinExpr.jointype ?? "JOIN_INNER") === "JOIN_INNER" ? [node.JoinExpr.quals] : [];
    }
    if ("MergeStmt" in node) {
      // Other WHEN clauses would affect the rows that do not match: all other rows.
      const onlyMatched = node.MergeStmt.mergeWhenClauses?.every((clause) =>
        "MergeWhenClause" in clause && clause.MergeWhenClause.matchKind === "MERGE_WHEN_MATCHED"
      );
      return onlyMatched ? [node.MergeStmt.joinCondition] : [];
    }
    return [];
  });
  return new Set(
    conditions.flatMap(conjuncts).flatMap((node) => "FuncCall" in node ? [node.FuncCall] : []),
  );
}

/** The condition of `batch()` compares the key of one table, so it is wrong for another. */
function refuseOtherTables(call: FuncCall, { statement, table, refuse }: SqlReading): void {
  const [argument] = call.args ?? [];
  const alias = bareColumn(argument);
  // An argument that is not an alias is refused where the holes are made.
  if (argument !== undefined && alias === undefined) return;
  const relations = relationsIn(statement.node);
  const named = alias === undefined
    ? relations
    : relations.filter((relation) => (relation.alias?.aliasname ?? relation.relname) === alias);
  if (named.some((relation) => isTable(relation, table))) return;
  const own = relations.find((relation) => isTable(relation, table));
  const words = `batch(${alias ?? ""})`;
  refuse("definition/batch-misused", {
    message: alias === undefined || named.length > 0
      ? `calls ${words}, but not for ${table.name}, the table that is walked.`
      : `calls ${words}, but its statement has no table with that alias.`,
    hint: own === undefined
      ? `Name ${table.name} in the statement, or correct \`table\`.`
      : `Write \`batch(${own.alias?.aliasname ?? own.relname})\`.`,
    at: call.location ?? 0,
  });
}

/** A name without a schema may refer to any schema. */
function isTable(relation: RangeVar, table: SqlReading["table"]): boolean {
  return relation.relname === table.name &&
    (relation.schemaname === undefined || relation.schemaname === (table.schema ?? "public"));
}

/** A row whose key changes may be processed twice, or skipped. */
function refuseOwnKey({ statement, table, key, refuse }: SqlReading): void {
  for (const node of nodesIn(statement.node)) {
    for (const { column, location } of assignments(node, table)) {
      if (!key.includes(column)) continue;
      refuse("definition/batched-key-updated", {
        message: `assigns ${column}, a column of its own key: rows would move while it walks.`,
        hint: "Walk by other columns, or fill a new column and swap the two later.",
        at: location,
      });
    }
  }
}

function assignments(node: Node, table: SqlReading["table"]) {
  const [relation, targets] = "UpdateStmt" in node
    ? [node.UpdateStmt.relation, node.UpdateStmt.targetList]
    : "InsertStmt" in node
    ? [node.InsertStmt.relation, node.InsertStmt.onConflictClause?.targetList]
    : "MergeStmt" in node
    ? [
      node.MergeStmt.relation,
      node.MergeStmt.mergeWhenClauses?.flatMap((clause) =>
        "MergeWhenClause" in clause && clause.MergeWhenClause.commandType === "CMD_UPDATE"
          ? clause.MergeWhenClause.targetList ?? []
          : []
      ),
    ]
    : [];
  if (relation === undefined || !isTable(relation, table)) return [];
  return (targets ?? []).flatMap((target) =>
    "ResTarget" in target
      ? [{ column: target.ResTarget.name ?? "", location: target.ResTarget.location ?? 0 }]
      : []
  );
}

/**
 * With `ctid`, an updated row moves to another block and may be processed again there, so running
 * the statement twice must have the effect of running it once.
 */
function refuseRepetition({ statement, hasFilter, refuse }: SqlReading): void {
  const { node } = statement;
  const isHarmless = "DeleteStmt" in node || "MergeStmt" in node ||
    ("InsertStmt" in node && node.InsertStmt.onConflictClause !== undefined) ||
    (!("InsertStmt" in node) && (hasFilter || whereOf(node).length > 1));
  if (isHarmless) return;
  refuse("definition/batched-not-idempotent", {
    message:
      "walks by ctid, where a row may be met twice, with a statement that would do it twice.",
    hint: "InsertStmt" in node
      ? "Add `ON CONFLICT DO NOTHING`, or walk by a key."
      : "Add a condition that no longer holds afterwards, such as `AND t.new IS NULL`, here or as " +
        "`filter`; or walk by a key.",
  });
}

function whereOf(node: Node): readonly Node[] {
  if ("UpdateStmt" in node) return conjuncts(node.UpdateStmt.whereClause);
  if ("SelectStmt" in node) return conjuncts(node.SelectStmt.whereClause);
  return [];
}
