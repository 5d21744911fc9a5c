// Pure.
/**
 * The transactions that a file asks for with BEGIN, COMMIT and ROLLBACK.
 *
 * Shipped files cannot be edited, so they run as the tools ran them that send a whole file in one
 * message. PostgreSQL puts the statements of such a message into one transaction; BEGIN joins it, and
 * COMMIT or ROLLBACK ends it, with or without a BEGIN.
 *
 * @module
 */

import type { DefElem, Node, TransactionStmt } from "@pgsql/types";
import { type CodeOf, Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { cannotRunInTransaction } from "../../sql/non_transactional.ts";
import type { SqlStatement } from "../../sql/script_statements.ts";
import { nodesIn } from "../../sql/syntax_tree.ts";
import type { FileTransaction } from "./definition.ts";

/** What messages need, and whether the file must run outside a transaction. */
interface FileOptions {
  readonly text: string;
  readonly path: string;
  /** The file asks for no transaction but those that it begins. */
  readonly transactionNone: boolean;
  readonly report: (defect: Failure) => void;
}

/** A file's statements, and how they share transactions. */
export interface FileTransactions {
  /** In file order, without BEGIN, COMMIT and ROLLBACK. */
  readonly own: readonly SqlStatement[];
  /** Ascending. Undefined where one transaction can hold the whole file. */
  readonly transactions: readonly FileTransaction[] | undefined;
}

/** Whether one BEGIN … COMMIT wraps the whole file. */
export function isTransactionWrapped(statements: readonly SqlStatement[]): boolean {
  const [first, ...others] = statements.map(transactionOf);
  const last = others.pop();
  return begins(first) && last?.kind === "TRANS_STMT_COMMIT" && last.chain !== true &&
    others.every((control) => control === undefined || isSavepoint(control));
}

/**
 * Finds the transactions of a file, and reports what no migration can do: PREPARE TRANSACTION, a READ
 * ONLY transaction, savepoints outside a transaction, and inside one what PostgreSQL refuses there.
 */
export function fileTransactions(
  statements: readonly SqlStatement[],
  options: FileOptions,
): FileTransactions {
  const isAlone = options.transactionNone || statements.some(({ node }) => isOutside(node));
  const { own, spans } = readSpans(statements, { ...options, isAlone });
  for (const { first, end } of spans.filter(({ isExplicit }) => isExplicit)) {
    const refused = own.slice(first, end).find(({ node }) => isOutside(node));
    if (refused) reportOutside(refused, options);
  }
  const kept = spans.filter(({ isExplicit }) => isExplicit || !isAlone);
  own.forEach((statement, index) => {
    const isInside = kept.some(({ first, end }) => index >= first && index < end);
    if (isSavepoint(transactionOf(statement)) && !isInside) reportSavepoint(statement, options);
  });
  const [only, ...others] = kept;
  const fillsFile = only !== undefined && others.length === 0 &&
    only.end - only.first === own.length;
  const isPlain = only === undefined ||
    fillsFile && only.modes === "" && !only.isRolledBack && !own.some(mustBeFirst);
  return {
    own,
    transactions: isPlain
      ? undefined
      : kept.map(({ first, end, modes, isRolledBack }): FileTransaction => ({
        first,
        end,
        ...(modes === "" ? {} : { modes }),
        ...(isRolledBack ? { isRolledBack } : {}),
      })),
  };
}

/** Statements that share a transaction, as they are collected. */
interface Span {
  readonly first: number;
  readonly end: number;
  /** A BEGIN stands before its end. */
  readonly isExplicit: boolean;
  readonly modes: string;
  readonly isRolledBack: boolean;
}

function readSpans(
  statements: readonly SqlStatement[],
  options: FileOptions & {
    /** Statements that no BEGIN precedes run by themselves. */
    readonly isAlone: boolean;
  },
): { readonly own: readonly SqlStatement[]; readonly spans: readonly Span[] } {
  const own: SqlStatement[] = [];
  const spans: Span[] = [];
  let [first, isExplicit, modes] = [0, false, ""];
  const close = (isRolledBack = false) => {
    if (own.length > first) spans.push({ first, end: own.length, isExplicit, modes, isRolledBack });
    [first, isExplicit, modes] = [own.length, false, ""];
  };
  for (const statement of statements) {
    const control = transactionOf(statement);
    if (control === undefined || isSavepoint(control) || isPrepared(control)) {
      own.push(statement);
    } else if (begins(control)) {
      // PostgreSQL warns of a BEGIN inside a transaction, and goes on.
      if (isExplicit) continue;
      const wanted = modesOf(control, statement, options);
      // Modes must come before the first query of a transaction.
      if (wanted !== "" || options.isAlone) close();
      [isExplicit, modes] = [true, wanted];
    } else if (control.kind === "TRANS_STMT_PREPARE") {
      reportPrepare(statement, options);
    } else {
      const chained = modes;
      close(control.kind === "TRANS_STMT_ROLLBACK");
      // The next transaction is open already, and has the same modes.
      if (control.chain) [isExplicit, modes] = [true, chained];
    }
  }
  close();
  return { own, spans };
}

/** The modes behind BEGIN as SQL; empty for none. */
function modesOf(
  { options: modes = [] }: TransactionStmt,
  statement: SqlStatement,
  options: FileOptions,
): string {
  const words = modes.flatMap((mode) => "DefElem" in mode ? [modeOf(mode.DefElem)] : []);
  if (!words.includes("READ ONLY")) return words.join(", ");
  report(statement, options, {
    code: "definition/transaction-options",
    message: `${options.path} begins a READ ONLY transaction, ` +
      "but a migration and its row in the history are committed together.",
    hint: "Remove READ ONLY, or move the statements out of the migration.",
  });
  return "";
}

function modeOf({ defname, arg }: DefElem): string {
  const value = arg !== undefined && "A_Const" in arg ? arg.A_Const : undefined;
  if (defname === "transaction_isolation") {
    return `ISOLATION LEVEL ${(value?.sval?.sval ?? "read committed").toUpperCase()}`;
  }
  const isOn = (value?.ival?.ival ?? 0) !== 0;
  if (defname === "transaction_read_only") return isOn ? "READ ONLY" : "READ WRITE";
  return isOn ? "DEFERRABLE" : "NOT DEFERRABLE";
}

/** Functions that PostgreSQL refuses in a transaction that has written. */
const BEFORE_ANY_WRITE = /^pg_(create|copy)_logical_replication_slot$/;

/**
 * Whether nothing may come before the statement in its transaction: SET TRANSACTION must precede every
 * query, and some functions every write.
 */
function mustBeFirst({ node }: SqlStatement): boolean {
  if ("VariableSetStmt" in node) {
    const { kind, name = "" } = node.VariableSetStmt;
    return kind === "VAR_SET_MULTI" && name.startsWith("TRANSACTION");
  }
  return [...nodesIn(node)].some((inner) => {
    if (!("FuncCall" in inner)) return false;
    const last = inner.FuncCall.funcname?.at(-1);
    return last !== undefined && "String" in last && BEFORE_ANY_WRITE.test(last.String.sval ?? "");
  });
}

function isOutside(node: Node): boolean {
  return cannotRunInTransaction(node) !== undefined;
}

function transactionOf({ node }: SqlStatement): TransactionStmt | undefined {
  return "TransactionStmt" in node ? node.TransactionStmt : undefined;
}

function begins(control: TransactionStmt | undefined): boolean {
  return control?.kind === "TRANS_STMT_BEGIN" || control?.kind === "TRANS_STMT_START";
}

function isSavepoint(control: TransactionStmt | undefined): boolean {
  return control?.kind === "TRANS_STMT_SAVEPOINT" || control?.kind === "TRANS_STMT_RELEASE" ||
    control?.kind === "TRANS_STMT_ROLLBACK_TO";
}

function isPrepared({ kind }: TransactionStmt): boolean {
  return kind === "TRANS_STMT_COMMIT_PREPARED" || kind === "TRANS_STMT_ROLLBACK_PREPARED";
}

function reportOutside(statement: SqlStatement, options: FileOptions): void {
  report(statement, options, {
    code: "definition/outside-in-transaction",
    message: `${options.path} has ${cannotRunInTransaction(statement.node)} ` +
      "between BEGIN and COMMIT, and PostgreSQL refuses it in a transaction.",
    hint: "Remove BEGIN and COMMIT; the statement is then run outside a transaction.",
  });
}

function reportSavepoint(statement: SqlStatement, options: FileOptions): void {
  report(statement, options, {
    code: "definition/stray-transaction-control",
    message: `${options.path} uses savepoints, but it runs outside a transaction.`,
    hint: "Remove them, or move what cannot run in a transaction to another migration.",
  });
}

function reportPrepare(statement: SqlStatement, options: FileOptions): void {
  report(statement, options, {
    code: "definition/stray-transaction-control",
    message:
      `${options.path} has PREPARE TRANSACTION, so the end of its transaction could not be ` +
      "recorded.",
    hint: "Remove it. Write BEGIN … COMMIT around what belongs into a transaction of its own.",
  });
}

function report(
  statement: SqlStatement,
  { text, path, report }: FileOptions,
  { code, message, hint }: {
    readonly code: CodeOf<"definition">;
    readonly message: string;
    readonly hint: string;
  },
): void {
  const place = { file: path, line: lineAndColumn(text, statement.start).line };
  report(new Failure(code, message, { hint, place }));
}
