// Pure.
/**
 * Finds nodes in a parsed statement.
 *
 * @module
 */

import type { FuncCall, Node, RangeVar } from "@pgsql/types";

/** Every node of a tree, including its root; outer nodes first. */
export function* nodesIn(tree: unknown): Generator<Node, void, undefined> {
  if (Array.isArray(tree)) {
    for (const item of tree) yield* nodesIn(item);
  } else if (typeof tree === "object" && tree !== null) {
    const entries = Object.entries(tree);
    const [kind, content] = entries[0] ?? ["", undefined];
    // Field names begin with a small letter, node kinds with a capital.
    if (entries.length === 1 && /^[A-Z]/.test(kind) && typeof content === "object") {
      yield tree as Node;
    }
    for (const [, value] of entries) yield* nodesIn(value);
  }
}

/** The calls of a function whose name is written without a schema. */
export function callsOf(tree: unknown, name: string): readonly FuncCall[] {
  return [...nodesIn(tree)].flatMap((node) =>
    "FuncCall" in node && bareName(node.FuncCall.funcname) === name ? [node.FuncCall] : []
  );
}

/** The last part of a qualified name. */
export function lastName(names: readonly Node[] | undefined): string | undefined {
  const last = names?.at(-1);
  return last !== undefined && "String" in last ? last.String.sval : undefined;
}

/** The name of a column without a table; undefined for anything else. */
export function bareColumn(node: Node | undefined): string | undefined {
  return node !== undefined && "ColumnRef" in node ? bareName(node.ColumnRef.fields) : undefined;
}

function bareName(names: readonly Node[] | undefined): string | undefined {
  return names?.length === 1 ? lastName(names) : undefined;
}

/** The relations that a tree names, including those that it writes. */
export function relationsIn(tree: unknown): readonly RangeVar[] {
  return [...nodesIn(tree)].flatMap((node): readonly (RangeVar | undefined)[] => {
    if ("RangeVar" in node) return [node.RangeVar];
    if ("UpdateStmt" in node) return [node.UpdateStmt.relation];
    if ("DeleteStmt" in node) return [node.DeleteStmt.relation];
    if ("InsertStmt" in node) return [node.InsertStmt.relation];
    if ("MergeStmt" in node) return [node.MergeStmt.relation];
    return [];
  }).filter((relation) => relation !== undefined);
}

/** The operands of the top-level ANDs of a condition. */
export function conjuncts(condition: Node | undefined): readonly Node[] {
  if (condition === undefined) return [];
  if ("BoolExpr" in condition && condition.BoolExpr.boolop === "AND_EXPR") {
    return (condition.BoolExpr.args ?? []).flatMap(conjuncts);
  }
  return [condition];
}
