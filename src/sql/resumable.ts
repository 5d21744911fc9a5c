// Pure.
/**
 * Detects statements that use several transactions of their own and can be completed after an
 * interruption.
 *
 * @module
 */

import type { AlterTableStmt, DropStmt, Node, RangeVar, ReindexStmt } from "@pgsql/types";

/** A name as written, truncated to 63 bytes as PostgreSQL does. */
export interface WrittenName {
  /** Undefined: search_path decides. */
  readonly schema?: string;
  /** Without quotes. */
  readonly name: string;
}

/** The objects of such a statement. */
export type Resumable =
  /** DROP INDEX CONCURRENTLY. */
  | { readonly kind: "drop-index"; readonly indexes: readonly WrittenName[] }
  /** REINDEX of any kind, CONCURRENTLY or not: repeating it does no harm. */
  | {
    readonly kind: "reindex";
    readonly of: "index" | "table" | "schema" | "database";
    /** Undefined for the whole database or its system catalogs. */
    readonly target: WrittenName | undefined;
  }
  /** ALTER TABLE … DETACH PARTITION … CONCURRENTLY or FINALIZE. */
  | { readonly kind: "detach"; readonly table: WrittenName; readonly partition: WrittenName };

/** @returns Undefined for other statements. */
export function resumableOf(node: Node): Resumable | undefined {
  if ("DropStmt" in node) return dropIndex(node.DropStmt);
  if ("ReindexStmt" in node) return reindex(node.ReindexStmt);
  if ("AlterTableStmt" in node) return detach(node.AlterTableStmt);
  return undefined;
}

function dropIndex({ concurrent, removeType, objects = [] }: DropStmt): Resumable | undefined {
  if (!concurrent || removeType !== "OBJECT_INDEX") return undefined;
  const indexes = objects.map((object): WrittenName => {
    const items = "List" in object ? object.List.items ?? [] : [];
    const parts = items.map((item) => "String" in item ? item.String.sval ?? "" : "");
    return writtenName(parts.at(-1), parts.at(-2));
  });
  return { kind: "drop-index", indexes };
}

const TARGETS = {
  REINDEX_OBJECT_INDEX: "index",
  REINDEX_OBJECT_TABLE: "table",
  REINDEX_OBJECT_SCHEMA: "schema",
  REINDEX_OBJECT_DATABASE: "database",
  REINDEX_OBJECT_SYSTEM: "database",
} as const;

function reindex({ kind, relation, name }: ReindexStmt): Resumable | undefined {
  if (kind === undefined) return undefined;
  const of = TARGETS[kind];
  if (of === "database") return { kind: "reindex", of, target: undefined };
  return { kind: "reindex", of, target: relation ? nameOf(relation) : writtenName(name) };
}

function detach({ relation, cmds = [] }: AlterTableStmt): Resumable | undefined {
  const [command] = cmds;
  if (relation === undefined || cmds.length !== 1 || !command || !("AlterTableCmd" in command)) {
    return undefined;
  }
  const { subtype, def } = command.AlterTableCmd;
  if (def === undefined || !("PartitionCmd" in def) || !def.PartitionCmd.name) return undefined;
  const isResumable = subtype === "AT_DetachPartitionFinalize" ||
    (subtype === "AT_DetachPartition" && def.PartitionCmd.concurrent === true);
  if (!isResumable) return undefined;
  return { kind: "detach", table: nameOf(relation), partition: nameOf(def.PartitionCmd.name) };
}

function nameOf({ relname, schemaname }: RangeVar): WrittenName {
  return writtenName(relname, schemaname);
}

function writtenName(name = "", schema?: string): WrittenName {
  return schema === undefined ? { name } : { schema, name };
}
