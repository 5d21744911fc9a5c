/**
 * What the scripts on a way would lose: tables, columns, and rows.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";
import { parseScript } from "../definition/migration/parse_script.ts";
import type { Step } from "../plan/plan.ts";
import { nodesIn } from "../sql/syntax_tree.ts";

/** The name of a relation; without a schema, the role's search_path decides. */
export interface RelationName {
  readonly schema: string | undefined;
  readonly name: string;
}

/** Something that a statement of a script destroys. */
export type Loss =
  & {
    /** The migration whose script does it. */
    readonly version: bigint;
  }
  & (
    | { readonly kind: "table"; readonly table: RelationName }
    | { readonly kind: "column"; readonly table: RelationName; readonly column: string }
    /** Every relation in the schema. */
    | { readonly kind: "schema"; readonly schema: string }
    | { readonly kind: "extension"; readonly extension: string }
    /** Rows, by TRUNCATE or DELETE. */
    | { readonly kind: "rows"; readonly table: RelationName; readonly by: "TRUNCATE" | "DELETE" }
    /** A DO block or a call, whose inside is not seen. */
    | { readonly kind: "unseen"; readonly statement: "DO" | "CALL" }
  );

/**
 * Reads the scripts in their order. Names are those that the relations have now, also where an earlier
 * script of the way renames them. Views and indexes hold no data of their own and are left out.
 *
 * @throws {SyntaxProblem} When a script is not SQL.
 */
export async function lossesOf(steps: readonly Step[]): Promise<readonly Loss[]> {
  const renames = new Renames();
  const losses: Loss[] = [];
  for (const { definition: { version }, script } of steps) {
    for (const { node } of await parseScript(await script.read())) {
      for (const loss of destroyedBy(node, renames)) losses.push({ version, ...loss });
      renames.follow(node);
    }
  }
  return losses;
}

type Destroyed = DistributiveOmit<Loss, "version">;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function destroyedBy(node: Node, renames: Renames): readonly Destroyed[] {
  if ("DropStmt" in node) return dropped(node.DropStmt, renames);
  if ("AlterTableStmt" in node) return droppedColumns(node.AlterTableStmt, renames);
  if ("TruncateStmt" in node) {
    return relationsOf(node.TruncateStmt.relations).map((table) => ({
      kind: "rows",
      table: renames.present(table),
      by: "TRUNCATE",
    }));
  }
  if ("DoStmt" in node) return [{ kind: "unseen", statement: "DO" }];
  if ("CallStmt" in node) return [{ kind: "unseen", statement: "CALL" }];
  // DELETE may be nested in WITH.
  return [...nodesIn(node)].flatMap((inner): readonly Destroyed[] =>
    "DeleteStmt" in inner && inner.DeleteStmt.relation
      ? [{ kind: "rows", table: renames.present(nameOf(inner.DeleteStmt.relation)), by: "DELETE" }]
      : []
  );
}

const DROPPED_RELATIONS: readonly unknown[] = [
  "OBJECT_TABLE",
  "OBJECT_MATVIEW",
  "OBJECT_FOREIGN_TABLE",
];

function dropped(
  { removeType, objects = [] }: Extract<Node, { DropStmt: unknown }>["DropStmt"],
  renames: Renames,
): readonly Destroyed[] {
  if (removeType === "OBJECT_SCHEMA") {
    return objects.flatMap(textOf).map((schema) => ({ kind: "schema", schema }));
  }
  if (removeType === "OBJECT_EXTENSION") {
    return objects.flatMap(textOf).map((extension) => ({ kind: "extension", extension }));
  }
  if (!DROPPED_RELATIONS.includes(removeType)) return [];
  return objects.map((object) => {
    const parts = "List" in object ? (object.List.items ?? []).flatMap(textOf) : [];
    const table = { schema: parts.at(-2), name: parts.at(-1) ?? "" };
    return { kind: "table", table: renames.present(table) };
  });
}

function droppedColumns(
  { relation, cmds = [] }: Extract<Node, { AlterTableStmt: unknown }>["AlterTableStmt"],
  renames: Renames,
): readonly Destroyed[] {
  if (relation === undefined) return [];
  const named = nameOf(relation);
  return cmds.flatMap((command): readonly Destroyed[] => {
    if (!("AlterTableCmd" in command) || command.AlterTableCmd.subtype !== "AT_DropColumn") {
      return [];
    }
    const { name = "" } = command.AlterTableCmd;
    const table = renames.present(named);
    return [{ kind: "column", table, column: renames.presentColumn(table, name) }];
  });
}

/** The names that relations and columns have before a script renames them. */
class Renames {
  readonly #tables = new Map<string, RelationName>();
  readonly #columns = new Map<string, string>();

  /** The present name of what a later script calls so. */
  present(name: RelationName): RelationName {
    return this.#tables.get(keyOf(name)) ?? name;
  }

  presentColumn(table: RelationName, column: string): string {
    return this.#columns.get(`${keyOf(table)} ${column}`) ?? column;
  }

  follow(node: Node): void {
    if ("AlterObjectSchemaStmt" in node && node.AlterObjectSchemaStmt.relation) {
      const { relation, newschema } = node.AlterObjectSchemaStmt;
      this.#rename(nameOf(relation), { schema: newschema, name: relation.relname ?? "" });
    }
    if (!("RenameStmt" in node) || node.RenameStmt.relation === undefined) return;
    const { renameType, relation, subname = "", newname = "" } = node.RenameStmt;
    const named = nameOf(relation);
    if (renameType === "OBJECT_COLUMN") {
      const table = this.present(named);
      const present = this.presentColumn(table, subname);
      this.#columns.set(`${keyOf(table)} ${newname}`, present);
    } else if (renameType === "OBJECT_TABLE" || renameType === "OBJECT_MATVIEW") {
      this.#rename(named, { schema: named.schema, name: newname });
    }
  }

  #rename(from: RelationName, to: RelationName): void {
    this.#tables.set(keyOf(to), this.present(from));
  }
}

function keyOf({ schema, name }: RelationName): string {
  return JSON.stringify([schema ?? null, name]);
}

function nameOf({ schemaname, relname = "" }: RangeVar): RelationName {
  return { schema: schemaname, name: relname };
}

function relationsOf(nodes: readonly Node[] = []): readonly RelationName[] {
  return nodes.flatMap((node) => "RangeVar" in node ? [nameOf(node.RangeVar)] : []);
}

function textOf(node: Node): readonly string[] {
  return "String" in node ? [node.String.sval ?? ""] : [];
}
