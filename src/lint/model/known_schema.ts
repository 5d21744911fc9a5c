// Pure.
/**
 * The schema as the migrations' texts show it: what was created, where, and of what.
 *
 * @module
 */

import type { Constraint, CreateStmt, DropStmt, IndexStmt, Node, RenameStmt } from "@pgsql/types";
import {
  alterationsOf,
  indexColumns,
  type NewColumn,
  newColumns,
  newConstraints,
} from "./alteration.ts";
import { type ColumnType, columnType, SERIAL_TYPES } from "./column_type.ts";
import {
  droppedNames,
  listedName,
  relationKey,
  type RelationName,
  relationName,
} from "./relation_name.ts";

/** A column. */
export interface KnownColumn {
  readonly type: ColumnType;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** Whether a sequence fills it. */
  readonly isNumbered: boolean;
}

/** A constraint. */
export interface KnownConstraint {
  readonly name: string | undefined;
  readonly type: NonNullable<Constraint["contype"]>;
  readonly columns: readonly string[];
  readonly isValid: boolean;
  readonly definition: Constraint;
  /** Where it was added: see `KnownTable.release`. */
  readonly script: number;
}

/** An index that CREATE INDEX made. */
export interface KnownIndex {
  readonly name: string;
  readonly table: RelationName;
  readonly columns: readonly (string | undefined)[];
  readonly definition: IndexStmt;
}

/** A function. */
export interface KnownFunction {
  /** Whether it is declared as IMMUTABLE or STABLE. */
  readonly isStable: boolean;
  /** Whether only triggers can call it. */
  readonly isTrigger: boolean;
}

/** A table, view or materialized view. */
export interface KnownTable {
  readonly name: RelationName;
  readonly kind: "table" | "partitioned" | "partition" | "temporary" | "view" | "materialized view";
  /** What it was created in: equal numbers reach a server together. */
  readonly release: number;
  /** The number of the script that created it. */
  readonly script: number;
  /** Empty where the text does not list them, as for CREATE TABLE AS. */
  readonly columns: Map<string, KnownColumn>;
  readonly constraints: KnownConstraint[];
}

/** Where a statement stands. */
export interface Standing {
  readonly release: number;
  readonly script: number;
}

/** Changes with every statement that is applied to it. */
export class KnownSchema {
  readonly #tables = new Map<string, KnownTable>();
  readonly #dropped = new Map<string, KnownTable>();
  readonly #indexes = new Map<string, KnownIndex>();
  readonly #functions = new Map<string, KnownFunction>();

  table(name: RelationName): KnownTable | undefined {
    return this.#tables.get(relationKey(name));
  }

  /** The last table of this name that was dropped. */
  droppedTable(name: RelationName): KnownTable | undefined {
    return this.#dropped.get(relationKey(name));
  }

  get tables(): Iterable<KnownTable> {
    return this.#tables.values();
  }

  index(name: RelationName): KnownIndex | undefined {
    return this.#indexes.get(relationKey(name));
  }

  /** The indexes that CREATE INDEX made on a table. */
  indexesOf(table: RelationName): readonly KnownIndex[] {
    const key = relationKey(table);
    return [...this.#indexes.values()].filter((one) => relationKey(one.table) === key);
  }

  function(name: RelationName): KnownFunction | undefined {
    return this.#functions.get(relationKey(name));
  }

  /** Takes a statement into account. */
  apply(node: Node, standing: Standing): void {
    if ("CreateStmt" in node) this.#create(node.CreateStmt, { node, standing });
    else if ("CreateTableAsStmt" in node) {
      const { into, objtype } = node.CreateTableAsStmt;
      if (into?.rel === undefined) return;
      const kind = objtype === "OBJECT_MATVIEW"
        ? "materialized view"
        : into.rel.relpersistence === "t"
        ? "temporary"
        : "table";
      this.#put({ name: relationName(into.rel), kind, standing });
    } else if ("SelectStmt" in node && node.SelectStmt.intoClause?.rel !== undefined) {
      const { rel } = node.SelectStmt.intoClause;
      const kind = rel.relpersistence === "t" ? "temporary" : "table";
      this.#put({ name: relationName(rel), kind, standing });
    } else if ("ViewStmt" in node && node.ViewStmt.view !== undefined) {
      const name = relationName(node.ViewStmt.view);
      if (this.table(name) === undefined) this.#put({ name, kind: "view", standing });
    } else if ("IndexStmt" in node) this.#createIndex(node.IndexStmt);
    else if ("AlterTableStmt" in node) this.#alter(node, standing);
    else if ("RenameStmt" in node) this.#rename(node.RenameStmt);
    else if ("AlterObjectSchemaStmt" in node) {
      const { relation, newschema = "" } = node.AlterObjectSchemaStmt;
      if (relation) {
        this.#move(relationName(relation), { schema: newschema, name: relation.relname! });
      }
    } else if ("DropStmt" in node) this.#drop(node.DropStmt);
    else if ("CreateFunctionStmt" in node) {
      const { funcname, options, returnType } = node.CreateFunctionStmt;
      const isStable = /"volatility","arg":\{"String":\{"sval":"(immutable|stable)"/.test(
        JSON.stringify(options ?? []),
      );
      const isTrigger = listedName(returnType?.names).name === "trigger";
      this.#functions.set(relationKey(listedName(funcname)), { isStable, isTrigger });
    }
  }

  #put(
    { name, kind, standing }: Pick<KnownTable, "name" | "kind"> & { readonly standing: Standing },
  ): KnownTable {
    const table = { name, kind, ...standing, columns: new Map(), constraints: [] };
    this.#tables.set(relationKey(name), table);
    return table;
  }

  #create(
    { relation, if_not_exists, partspec, partbound }: CreateStmt,
    { node, standing }: { readonly node: Node; readonly standing: Standing },
  ): void {
    if (relation === undefined) return;
    const name = relationName(relation);
    if (if_not_exists && this.table(name) !== undefined) return;
    const kind = relation.relpersistence === "t"
      ? "temporary"
      : partspec !== undefined
      ? "partitioned"
      : partbound !== undefined
      ? "partition"
      : "table";
    const table = this.#put({ name, kind, standing });
    for (const column of newColumns(node)) table.columns.set(column.name, knownColumn(column));
    this.#addConstraints(table, { node, standing });
  }

  #addConstraints(
    table: KnownTable,
    { node, standing }: { readonly node: Node; readonly standing: Standing },
  ): void {
    for (const { table: name, columns, constraint, with: created } of newConstraints(node)) {
      if (relationKey(name) !== relationKey(table.name)) continue;
      const { contype, conname, skip_validation, indexname } = constraint;
      if (contype === undefined || contype === "CONSTR_DEFAULT") continue;
      // A new table has no rows to check: NOT VALID counts for nothing there.
      const isValid = skip_validation !== true || created === "create";
      const of = indexname === undefined
        ? columns
        : this.index({ ...name, name: indexname })?.columns.flatMap((one) => one ?? []) ?? [];
      table.constraints.push({
        name: conname,
        type: contype,
        columns: of,
        isValid,
        definition: constraint,
        script: standing.script,
      });
      if (contype === "CONSTR_PRIMARY" || contype === "CONSTR_NOTNULL") {
        for (const column of of) change(table, { column, notNull: true });
      }
    }
  }

  #createIndex(definition: IndexStmt): void {
    const { relation, idxname } = definition;
    if (relation === undefined) return;
    const table = relationName(relation);
    const columns = indexColumns(definition);
    const name = idxname ?? [table.name, ...columns.map((one) => one ?? "expr"), "idx"].join("_");
    const { schema } = table;
    this.#indexes.set(relationKey({ ...(schema === undefined ? {} : { schema }), name }), {
      name,
      table,
      columns,
      definition,
    });
  }

  #alter(node: Node, standing: Standing): void {
    const [first] = alterationsOf(node);
    const table = first && this.table(first.table);
    if (table === undefined) return;
    for (const column of newColumns(node)) {
      if (!table.columns.has(column.name)) table.columns.set(column.name, knownColumn(column));
    }
    this.#addConstraints(table, { node, standing });
    for (const { command: { subtype, name = "", def } } of alterationsOf(node)) {
      if (subtype === "AT_DropColumn") {
        table.columns.delete(name);
        removeWhere(table.constraints, ({ columns }) => columns.includes(name));
      } else if (subtype === "AT_SetNotNull") change(table, { column: name, notNull: true });
      else if (subtype === "AT_DropNotNull") change(table, { column: name, notNull: false });
      else if (subtype === "AT_ColumnDefault") {
        change(table, { column: name, hasDefault: def !== undefined });
      } else if (subtype === "AT_AlterColumnType" && def !== undefined && "ColumnDef" in def) {
        change(table, { column: name, type: columnType(def.ColumnDef.typeName ?? {}) });
      } else if (subtype === "AT_DropConstraint") {
        removeWhere(table.constraints, (one) => one.name === name);
      } else if (subtype === "AT_ValidateConstraint") {
        const index = table.constraints.findIndex((one) => one.name === name);
        const found = table.constraints[index];
        if (found) table.constraints[index] = { ...found, isValid: true };
      }
    }
  }

  #rename({ renameType, relation, subname = "", newname = "" }: RenameStmt): void {
    if (relation === undefined) return;
    const name = relationName(relation);
    const table = this.table(name);
    if (renameType === "OBJECT_COLUMN" && table !== undefined) {
      const column = table.columns.get(subname);
      table.columns.delete(subname);
      if (column) table.columns.set(newname, column);
    } else if (renameType === "OBJECT_TABCONSTRAINT" && table !== undefined) {
      const index = table.constraints.findIndex((one) => one.name === subname);
      const found = table.constraints[index];
      if (found) table.constraints[index] = { ...found, name: newname };
    } else if (renameType === "OBJECT_INDEX") {
      const index = this.#indexes.get(relationKey(name));
      this.#indexes.delete(relationKey(name));
      if (index) {
        this.#indexes.set(relationKey({ ...name, name: newname }), { ...index, name: newname });
      }
    } else this.#move(name, { ...name, name: newname });
  }

  #move(from: RelationName, to: RelationName): void {
    const table = this.table(from);
    if (table === undefined) return;
    this.#tables.delete(relationKey(from));
    this.#tables.set(relationKey(to), { ...table, name: to });
    for (const [key, index] of this.#indexes) {
      if (relationKey(index.table) === relationKey(from)) {
        this.#indexes.set(key, { ...index, table: to });
      }
    }
  }

  #drop({ objects, removeType }: DropStmt): void {
    for (const name of droppedNames(objects)) {
      if (removeType === "OBJECT_INDEX") this.#indexes.delete(relationKey(name));
      else if (removeType === "OBJECT_FUNCTION") this.#functions.delete(relationKey(name));
      else if (/OBJECT_(TABLE|VIEW|MATVIEW)/.test(removeType ?? "")) {
        const table = this.table(name);
        if (table !== undefined) this.#dropped.set(relationKey(name), table);
        this.#tables.delete(relationKey(name));
        for (const { name: index, table } of this.indexesOf(name)) {
          this.#indexes.delete(relationKey({ ...table, name: index }));
        }
      }
    }
  }
}

function knownColumn({ type, constraints }: NewColumn): KnownColumn {
  const has = (...types: readonly string[]) =>
    constraints.some(({ contype }) => types.includes(contype ?? ""));
  const isNumbered = SERIAL_TYPES.includes(type.name) || has("CONSTR_IDENTITY");
  return {
    type,
    notNull: isNumbered || has("CONSTR_NOTNULL", "CONSTR_PRIMARY"),
    hasDefault: isNumbered || has("CONSTR_DEFAULT", "CONSTR_GENERATED"),
    isNumbered,
  };
}

function change(
  { columns }: KnownTable,
  { column: name, ...changes }: Partial<KnownColumn> & { readonly column: string },
): void {
  const column = columns.get(name);
  if (column !== undefined) columns.set(name, { ...column, ...changes });
}

function removeWhere<T>(items: T[], isGone: (item: T) => boolean): void {
  items.splice(0, items.length, ...items.filter((item) => !isGone(item)));
}
