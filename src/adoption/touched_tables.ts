/**
 * Finds the tables that scripts create or drop, as far as the parser can see.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import { parseScript } from "../definition/migration/parse_script.ts";

/** How a script touches a table. */
export type Touch = "create" | "drop";

/** A table that a script creates or drops, or a schema that it drops with its contents. */
export interface TouchedTable {
  readonly touch: Touch;
  /** Undefined if the name is not qualified. */
  readonly schema: string | undefined;
  /** Undefined for the schema itself. */
  readonly name: string | undefined;
  /** The search_path that the script has set; undefined if it set none. */
  readonly searchPath: readonly string[] | undefined;
}

/**
 * Reads a script, statement by statement. The bodies of DO blocks and functions are not read.
 *
 * @throws {SyntaxProblem} The script is not SQL.
 */
export async function touchedTables(sql: string): Promise<readonly TouchedTable[]> {
  const touched: TouchedTable[] = [];
  let searchPath: readonly string[] | undefined;
  for (const { node } of await parseScript(sql)) {
    searchPath = searchPathOf(node) ?? searchPath;
    for (const one of touchesOf(node)) touched.push({ ...one, searchPath });
  }
  return touched;
}

type Named = Omit<TouchedTable, "searchPath">;

function touchesOf(node: Node): readonly Named[] {
  const created = createdRelation(node);
  if (created !== undefined && created.relpersistence !== "t") {
    return [{ touch: "create", schema: created.schemaname, name: created.relname }];
  }
  if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_TABLE") {
    const { relation, newname } = node.RenameStmt;
    return [{ touch: "create", schema: relation?.schemaname, name: newname }];
  }
  if ("CreateSchemaStmt" in node) {
    const { schemaname, schemaElts = [] } = node.CreateSchemaStmt;
    return schemaElts.flatMap(touchesOf).map((one) => ({
      ...one,
      schema: one.schema ?? schemaname,
    }));
  }
  return "DropStmt" in node ? dropped(node.DropStmt) : [];
}

function createdRelation(node: Node): RangeVar | undefined {
  if ("CreateStmt" in node) return node.CreateStmt.relation;
  if ("CreateForeignTableStmt" in node) return node.CreateForeignTableStmt.base?.relation;
  if ("CreateTableAsStmt" in node) return node.CreateTableAsStmt.into?.rel;
  if ("SelectStmt" in node) return node.SelectStmt.intoClause?.rel;
  return undefined;
}

const DROPPED_KINDS: readonly unknown[] = [
  "OBJECT_TABLE",
  "OBJECT_MATVIEW",
  "OBJECT_FOREIGN_TABLE",
];

function dropped(
  { removeType, objects = [] }: Extract<Node, { DropStmt: unknown }>["DropStmt"],
): readonly Named[] {
  if (removeType === "OBJECT_SCHEMA") {
    return objects.flatMap((object) =>
      "String" in object
        ? [{ touch: "drop", schema: object.String.sval ?? "", name: undefined }]
        : []
    );
  }
  if (!DROPPED_KINDS.includes(removeType)) return [];
  return objects.flatMap((object): readonly Named[] => {
    const parts = "List" in object ? (object.List.items ?? []).flatMap(textOf) : [];
    return [{ touch: "drop", schema: parts.at(-2), name: parts.at(-1) ?? "" }];
  });
}

function textOf(node: Node): readonly string[] {
  return "String" in node ? [node.String.sval ?? ""] : [];
}

/** The schemas of `SET search_path` and `set_config('search_path', …)`. */
function searchPathOf(node: Node): readonly string[] | undefined {
  if ("VariableSetStmt" in node && node.VariableSetStmt.name === "search_path") {
    const { kind, args = [] } = node.VariableSetStmt;
    return kind === "VAR_SET_VALUE" ? args.flatMap(constantOf) : undefined;
  }
  // pg_dump sets it to nothing, and qualifies every name.
  return JSON.stringify(node).includes('"sval":"set_config"') ? [] : undefined;
}

function constantOf(node: Node): readonly string[] {
  return "A_Const" in node ? [node.A_Const.sval?.sval ?? ""] : [];
}
