// Pure.
/**
 * Detects what a statement creates, to derive the privileges that it needs.
 *
 * @module
 */

import type { DefElem, Node, RangeVar } from "@pgsql/types";

/** What one statement creates. */
export type Creation =
  | {
    readonly kind: "extension";
    readonly name: string;
    readonly ifNotExists: boolean;
    /** PostgreSQL then also creates the extensions that this one requires. */
    readonly cascade: boolean;
  }
  | { readonly kind: "schema"; readonly name: string }
  /** A relation, type, routine or the like; `schema` is undefined where search_path decides. */
  | { readonly kind: "object"; readonly schema: string | undefined };

/**
 * Undefined for statements that create nothing in a schema, and for indexes, triggers and temporary
 * tables.
 */
export function creationOf(node: Node): Creation | undefined {
  if ("CreateExtensionStmt" in node) {
    const { extname = "", if_not_exists = false, options = [] } = node.CreateExtensionStmt;
    const cascade = options.some((option) => nameOfOption(option) === "cascade");
    return { kind: "extension", name: extname, ifNotExists: if_not_exists, cascade };
  }
  if ("CreateSchemaStmt" in node) {
    const { schemaname, authrole } = node.CreateSchemaStmt;
    return { kind: "schema", name: schemaname ?? authrole?.rolename ?? "" };
  }
  const relation = relationOf(node);
  if (relation !== undefined) {
    const isTemporary = relation.relpersistence === "t" || relation.schemaname === "pg_temp";
    return isTemporary ? undefined : { kind: "object", schema: relation.schemaname };
  }
  const name = qualifiedName(node);
  return name && { kind: "object", schema: name.length > 1 ? name.at(-2) : undefined };
}

function relationOf(node: Node): RangeVar | undefined {
  if ("CreateStmt" in node) return node.CreateStmt.relation;
  if ("CreateForeignTableStmt" in node) return node.CreateForeignTableStmt.base?.relation;
  if ("ViewStmt" in node) return node.ViewStmt.view;
  if ("CreateTableAsStmt" in node) return node.CreateTableAsStmt.into?.rel;
  if ("SelectStmt" in node) return node.SelectStmt.intoClause?.rel;
  if ("CreateSeqStmt" in node) return node.CreateSeqStmt.sequence;
  if ("CompositeTypeStmt" in node) return node.CompositeTypeStmt.typevar;
  return undefined;
}

function qualifiedName(node: Node): readonly string[] | undefined {
  if ("CreateFunctionStmt" in node) return strings(node.CreateFunctionStmt.funcname);
  if ("CreateEnumStmt" in node) return strings(node.CreateEnumStmt.typeName);
  if ("CreateRangeStmt" in node) return strings(node.CreateRangeStmt.typeName);
  if ("CreateDomainStmt" in node) return strings(node.CreateDomainStmt.domainname);
  if ("DefineStmt" in node) return strings(node.DefineStmt.defnames);
  return undefined;
}

function strings(nodes: readonly Node[] = []): readonly string[] {
  return nodes.flatMap((node) => "String" in node ? [node.String.sval ?? ""] : []);
}

function nameOfOption(node: Node): string | undefined {
  return "DefElem" in node ? (node.DefElem as DefElem).defname : undefined;
}
