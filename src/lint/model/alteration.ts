// Pure.
/**
 * What statements add to tables and change of them, in one form for all ways to write it.
 *
 * @module
 */

import type { AlterTableCmd, ColumnDef, Constraint, IndexStmt, Node, RangeVar } from "@pgsql/types";
import { type ColumnType, columnType } from "./column_type.ts";
import { type RelationName, relationName, textsOf } from "./relation_name.ts";

/** One action of an ALTER TABLE. */
export interface Alteration {
  readonly table: RelationName;
  readonly command: AlterTableCmd;
}

/** The actions of an ALTER TABLE; none for other statements, and for views, indexes and the like. */
export function alterationsOf(node: Node): readonly Alteration[] {
  if (!("AlterTableStmt" in node)) return [];
  const { relation, cmds = [], objtype } = node.AlterTableStmt;
  if (relation === undefined || objtype !== "OBJECT_TABLE") return [];
  const table = relationName(relation);
  return cmds.flatMap((one) =>
    "AlterTableCmd" in one ? [{ table, command: one.AlterTableCmd }] : []
  );
}

/** A column that a statement adds. */
export interface NewColumn {
  readonly table: RelationName;
  /** Whether CREATE TABLE adds it. */
  readonly isNewTable: boolean;
  readonly definition: ColumnDef;
  readonly name: string;
  readonly type: ColumnType;
  readonly constraints: readonly Constraint[];
}

/** The columns that CREATE TABLE and ADD COLUMN add. */
export function newColumns(node: Node): readonly NewColumn[] {
  if ("CreateStmt" in node) {
    const { relation, tableElts = [] } = node.CreateStmt;
    return relation === undefined
      ? []
      : tableElts.flatMap((element) =>
        columnIn(element, { table: relationName(relation), isNewTable: true })
      );
  }
  return alterationsOf(node).flatMap(({ table, command: { subtype, def } }) =>
    subtype === "AT_AddColumn" && def !== undefined
      ? columnIn(def, { table, isNewTable: false })
      : []
  );
}

function columnIn(
  node: Node,
  { table, isNewTable }: Pick<NewColumn, "table" | "isNewTable">,
): readonly NewColumn[] {
  if (!("ColumnDef" in node)) return [];
  const definition = node.ColumnDef;
  return [{
    table,
    isNewTable,
    definition,
    name: definition.colname ?? "",
    type: columnType(definition.typeName ?? {}),
    constraints: constraintsIn(definition.constraints),
  }];
}

function constraintsIn(nodes: readonly Node[] = []): readonly Constraint[] {
  return nodes.flatMap((node) => "Constraint" in node ? [node.Constraint] : []);
}

/** A constraint that a statement adds. */
export interface NewConstraint {
  readonly table: RelationName;
  /** `create`: with its table; `column`: with a column of a table that is there; `alter`: by itself. */
  readonly with: "create" | "column" | "alter";
  /** The columns it is about, as far as its text names them. */
  readonly columns: readonly string[];
  readonly constraint: Constraint;
}

/** The constraints that a statement adds to tables, those that are written with a column included. */
export function newConstraints(node: Node): readonly NewConstraint[] {
  const ofColumns = newColumns(node).flatMap(({ table, isNewTable, name, constraints }) =>
    constraints.map((constraint): NewConstraint => ({
      table,
      with: isNewTable ? "create" : "column",
      columns: [name],
      constraint,
    }))
  );
  if ("CreateStmt" in node && node.CreateStmt.relation !== undefined) {
    const table = relationName(node.CreateStmt.relation);
    return [
      ...ofColumns,
      ...constraintsIn(node.CreateStmt.tableElts).map((constraint): NewConstraint => ({
        table,
        with: "create",
        columns: columnsOf(constraint),
        constraint,
      })),
    ];
  }
  const byThemselves = alterationsOf(node).flatMap(({ table, command: { subtype, def } }) =>
    subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def
      ? [{
        table,
        with: "alter" as const,
        columns: columnsOf(def.Constraint),
        constraint: def.Constraint,
      }]
      : []
  );
  return [...ofColumns, ...byThemselves];
}

function columnsOf({ keys, fk_attrs }: Constraint): readonly string[] {
  return textsOf(keys ?? fk_attrs);
}

/** Whether a column's constraints have one of this type. */
export function hasConstraint({ constraints }: NewColumn, ...types: readonly string[]): boolean {
  return constraints.some(({ contype }) => types.includes(contype ?? ""));
}

/** The columns of an index in order; undefined stands for an expression. */
export function indexColumns({ indexParams = [] }: IndexStmt): readonly (string | undefined)[] {
  return indexParams.map((one) => "IndexElem" in one ? one.IndexElem.name : undefined);
}

/** The table of an INSERT, UPDATE, DELETE or MERGE. */
export function writtenTable(node: Node): RangeVar | undefined {
  if ("UpdateStmt" in node) return node.UpdateStmt.relation;
  if ("DeleteStmt" in node) return node.DeleteStmt.relation;
  if ("MergeStmt" in node) return node.MergeStmt.relation;
  return "InsertStmt" in node ? node.InsertStmt.relation : undefined;
}

/** The WHERE of an UPDATE or DELETE; undefined where there is none, and for other statements. */
export function conditionOf(node: Node): Node | undefined {
  if ("UpdateStmt" in node) return node.UpdateStmt.whereClause;
  return "DeleteStmt" in node ? node.DeleteStmt.whereClause : undefined;
}
