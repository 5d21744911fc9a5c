/**
 * Derives the effects of a batched migration from the text of its statements.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { parseStatements } from "../../sql/script_statements.ts";
import { nodesIn, relationsIn } from "../../sql/syntax_tree.ts";

/** The combined effects of the statements of one direction. */
export interface BodyShape {
  /** The named relations, with the schema if one is written. */
  readonly relations: readonly { readonly schema?: string; readonly name: string }[];
  /** The relations among these that rows are inserted into. */
  readonly targets: readonly { readonly schema?: string; readonly name: string }[];
  /** The called functions, with the schema if one is written. */
  readonly functions: readonly { readonly schema?: string; readonly name: string }[];
  /** Whether it deletes from the table. */
  readonly deletes: boolean;
  /** Columns of the table that an UPDATE assigns. */
  readonly updated: readonly string[];
  /** The columns among these that are assigned even if they have the value already. */
  readonly unguarded: readonly string[];
}

/** @param table The table's `relname`. */
export async function bodyShape(
  { sql, filter }: Pick<BatchedMigration, "sql" | "filter">,
  table: string,
): Promise<BodyShape> {
  const filtered = filter?.holes.flatMap(({ kind, name }) => kind === "column" ? [name] : []) ?? [];
  const trees: Node[] = [];
  for (const { text } of sql) {
    trees.push(...(await parseStatements(text)).map(({ node }) => node));
  }
  const nodes = [...nodesIn(trees)];
  const updates = nodes.flatMap((node) =>
    "UpdateStmt" in node && node.UpdateStmt.relation?.relname === table ? [node.UpdateStmt] : []
  );
  const targets = updates.flatMap(({ targetList = [], whereClause }) => {
    const asked = new Set([...filtered, ...columnsIn(whereClause)]);
    return targetList.flatMap((target) => {
      if (!("ResTarget" in target) || !target.ResTarget.name) return [];
      const { name, val } = target.ResTarget;
      // `n = n + 1` changes each row on purpose.
      return [{ name, isGuarded: asked.has(name) || columnsIn(val).includes(name) }];
    });
  });
  return {
    relations: unique(relationsIn(trees).map(nameOf)),
    targets: unique(
      nodes.flatMap((node) =>
        "InsertStmt" in node && node.InsertStmt.relation ? [nameOf(node.InsertStmt.relation)] : []
      ),
    ),
    functions: unique(nodes.flatMap((node) => {
      if (!("FuncCall" in node)) return [];
      const parts = (node.FuncCall.funcname ?? []).flatMap((part) =>
        "String" in part ? [part.String.sval ?? ""] : []
      );
      const [name = "", schema] = parts.toReversed();
      return [{ name, ...(schema ? { schema } : {}) }];
    })).filter(({ name, schema }) => schema || (name !== "batch" && name !== "argument")),
    deletes: nodes.some((node) =>
      "DeleteStmt" in node && node.DeleteStmt.relation?.relname === table
    ),
    updated: [...new Set(targets.map(({ name }) => name))],
    // A condition on one column also keeps the others from being rewritten.
    unguarded: targets.some(({ isGuarded }) => isGuarded) ? [] : targets.map(({ name }) => name),
  };
}

function nameOf({ schemaname, relname }: RangeVar): { schema?: string; name: string } {
  return { name: relname ?? "", ...(schemaname ? { schema: schemaname } : {}) };
}

/** The last part of each column's name. */
function columnsIn(tree: unknown): readonly string[] {
  return [...nodesIn(tree)].flatMap((node) => {
    if (!("ColumnRef" in node)) return [];
    const last = node.ColumnRef.fields?.at(-1);
    return last !== undefined && "String" in last && last.String.sval ? [last.String.sval] : [];
  });
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
