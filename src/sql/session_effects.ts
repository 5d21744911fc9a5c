// Pure.
/**
 * Detects what a statement sets for its session beyond its transaction.
 *
 * @module
 */

import type { FuncCall, Node, VariableSetStmt } from "@pgsql/types";

/** DECLARE … WITH HOLD: the grammar's bit CURSOR_OPT_HOLD. */
const WITH_HOLD = 0x0020;

/** Kinds that execute the functions they contain. Others, such as CREATE VIEW, only store them. */
const RUNNING: readonly string[] = [
  "CallStmt",
  "CreateTableAsStmt",
  "DeleteStmt",
  "InsertStmt",
  "MergeStmt",
  "SelectStmt",
  "UpdateStmt",
];

/** Functions that take a session-level lock; transaction-level locks do not match. */
const SESSION_LOCK = /^pg_(?:try_)?advisory_lock(?:_shared)?$/;

/**
 * The effect in the words of SQL, such as `SET search_path`; undefined when the grammar shows none.
 * Omitted are statements that cannot harm the session's next user (RESET, UNLISTEN), and temporary
 * tables, which are dropped with the transaction where that matters. It cannot see what functions
 * and DO blocks do.
 */
export function persistentSettingChange(node: Node): string | undefined {
  if ("VariableSetStmt" in node) return setting(node.VariableSetStmt);
  if ("ListenStmt" in node) return "LISTEN";
  if ("PrepareStmt" in node) return "PREPARE";
  if ("DeclareCursorStmt" in node) {
    const { options = 0 } = node.DeclareCursorStmt;
    return (options & WITH_HOLD) === 0 ? undefined : "DECLARE CURSOR WITH HOLD";
  }
  return RUNNING.some((kind) => kind in node) ? firstCall(node) : undefined;
}

function setting({ kind, name = "", is_local }: VariableSetStmt): string | undefined {
  if (is_local) return undefined;
  if (kind === "VAR_SET_MULTI" && name.startsWith("TRANSACTION")) return undefined;
  const isSet = kind === "VAR_SET_VALUE" || kind === "VAR_SET_CURRENT" || kind === "VAR_SET_MULTI";
  if (!isSet) return undefined;
  if (name === "role") return "SET ROLE";
  return name === "session_authorization" ? "SET SESSION AUTHORIZATION" : `SET ${name}`;
}

/** The first such function call, at any depth. */
function firstCall(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const words = "FuncCall" in value ? call((value as { FuncCall: FuncCall }).FuncCall) : undefined;
  if (words !== undefined) return words;
  for (const inner of Object.values(value)) {
    const found = firstCall(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function call({ funcname = [], args = [] }: FuncCall): string | undefined {
  const last = funcname.at(-1);
  const name = last !== undefined && "String" in last ? last.String.sval ?? "" : "";
  if (SESSION_LOCK.test(name)) return name;
  if (name !== "set_config") return undefined;
  const [, , isLocal] = args;
  const word = isLocal !== undefined && "A_Const" in isLocal ? isLocal.A_Const : undefined;
  return word?.boolval?.boolval === true ? undefined : "set_config(…, false)";
}
