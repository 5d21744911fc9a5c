// Pure.
/**
 * Tells which statements cannot change the session that they run in.
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

/** What a statement leaves in its session for those behind it. */
export type SessionEffect =
  /** Nothing that could be told from its text. */
  | "none"
  /** Settings, such as a role or a search_path: it can be run again in a new session. */
  | "settings"
  /** Temporary tables, prepared statements, cursors: gone with the session. */
  | "more";

const SESSION_OBJECTS: readonly string[] = [
  "PrepareStmt",
  "DeclareCursorStmt",
  "ListenStmt",
  "LoadStmt",
];

/** For going on with a script in another session than the one that ran its first statements. */
export function sessionEffect(node: Node): SessionEffect {
  if ("VariableSetStmt" in node) return node.VariableSetStmt.is_local ? "none" : "settings";
  if (SESSION_OBJECTS.some((kind) => kind in node)) return "more";
  const text = JSON.stringify(node);
  if (text.includes(`"relpersistence":"t"`)) return "more";
  return "SelectStmt" in node && text.includes(`"sval":"set_config"`) ? "settings" : "none";
}
