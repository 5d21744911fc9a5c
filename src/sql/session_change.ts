// Pure.
/**
 * Detects statements that cannot change their session.
 *
 * @module
 */

import type { Node } from "@pgsql/types";

/**
 * Kinds that define or drop objects, run no user-defined code and read no rows. CREATE INDEX is not
 * among them: it may evaluate functions and take hours.
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
 * True when a statement certainly leaves the session's role, settings, temporary tables and locks
 * unchanged. SELECT, INSERT, DO and the like may call a function that changes them, so they give
 * false, as do unlisted kinds.
 */
export function leavesSessionAlone(node: Node): boolean {
  if ("CreateStmt" in node) return node.CreateStmt.relation?.relpersistence !== "t";
  return PLAIN.some((kind) => kind in node);
}

/** The effect of a statement on later statements of its session. */
export type SessionEffect =
  /** No effect that its text shows. */
  | "none"
  /** Settings, such as a role or a search_path; the statement can be repeated in a new session. */
  | "settings"
  /** Temporary tables, prepared statements, cursors: lost with the session. */
  | "more";

const SESSION_OBJECTS: readonly string[] = [
  "PrepareStmt",
  "DeclareCursorStmt",
  "ListenStmt",
  "LoadStmt",
];

/** Used when a script continues in another session than the one that ran its first statements. */
export function sessionEffect(node: Node): SessionEffect {
  if ("VariableSetStmt" in node) return node.VariableSetStmt.is_local ? "none" : "settings";
  if (SESSION_OBJECTS.some((kind) => kind in node)) return "more";
  const text = JSON.stringify(node);
  if (text.includes(`"relpersistence":"t"`)) return "more";
  return "SelectStmt" in node && text.includes(`"sval":"set_config"`) ? "settings" : "none";
}
