// Pure.
/**
 * Tells what a statement sets for its session beyond its transaction.
 *
 * @module
 */

import type { FuncCall, Node, VariableSetStmt } from "@pgsql/types";

/** DECLARE … WITH HOLD, in the grammar's bits. */
const WITH_HOLD = 0x0020;

/** Kinds that run the functions they name. Others, such as CREATE VIEW, only write them down. */
const RUNNING: readonly string[] = [
  "CallStmt",
  "CreateTableAsStmt",
  "DeleteStmt",
  "InsertStmt",
  "MergeStmt",
  "SelectStmt",
  "UpdateStmt",
];

/** Functions that take a lock until the session ends, or lets go of it. */
const SESSION_LOCK = /^pg_(?:try_)?advisory_lock(?:_shared)?$/;

/**
 * In the words of SQL, such as `SET search_path`, or undefined for a statement of which the grammar
 * shows nothing of the kind. Left out is what can do no harm to whoever has the session next (RESET,
 * UNLISTEN), and temporary tables, which are dropped with the transaction where that matters. Not
 * knowable here: what functions and DO blocks do inside.
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

/** The first function call, at any depth, that outlasts the transaction. */
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
