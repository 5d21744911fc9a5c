// Pure.
/**
 * Which statements cannot change the session that they run in.
 *
 * @module
 */

import type { Node } from "@pgsql/types";

/**
 * Kinds that define or remove things, run nobody's code by themselves, and read no table's rows: an
 * index build is none of them, it may evaluate functions and take hours.
 */
const PLAIN: readonly string[] = [
  "AlterEnumStmt",
  "CommentStmt",
  "CompositeTypeStmt",
  "CreateEnumStmt",
  "CreateFunctionStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "CreateTrigStmt",
  "DropStmt",
  "GrantStmt",
  "RenameStmt",
];

/**
 * True when a statement certainly leaves role, settings, temporary tables and locks of its session as
 * they were. SELECT, INSERT, DO and their like may call a function that changes any of them, so they
 * are not among these, nor is whatever is not listed.
 */
export function leavesSessionAlone(node: Node): boolean {
  if ("CreateStmt" in node) return node.CreateStmt.relation?.relpersistence !== "t";
  return PLAIN.some((kind) => kind in node);
}
