// Pure.
/**
 * Detects transaction control in a file.
 *
 * @module
 */

import type { TransactionStmt } from "@pgsql/types";
import { type CodeOf, Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { cannotRunInTransaction } from "../../sql/non_transactional.ts";
import type { SqlStatement } from "../../sql/script_statements.ts";

/** What messages need, and whether the file must run outside a transaction. */
interface WrapperOptions {
  readonly text: string;
  readonly path: string;
  readonly transactionNone: boolean;
  readonly report: (defect: Failure) => void;
}

/** Whether one BEGIN … COMMIT wraps the whole file. */
export function isTransactionWrapped(statements: readonly SqlStatement[]): boolean {
  const last = transactionOf(statements.at(-1));
  return statements.length > 1 && begins(transactionOf(statements[0])) &&
    last?.kind === "TRANS_STMT_COMMIT" && last.chain !== true;
}

/**
 * Removes a BEGIN … COMMIT that wraps the whole file, and reports every other statement that would
 * begin or end a transaction. Savepoints are allowed where a transaction is.
 */
export function withoutTransactionWrapper(
  statements: readonly SqlStatement[],
  options: WrapperOptions,
): readonly SqlStatement[] {
  const wrapped = isTransactionWrapped(statements);
  const own = wrapped ? statements.slice(1, -1) : statements;
  if (wrapped) checkWrapper(transactionOf(statements[0])!, { own, begin: statements[0]!, options });

  const outside = options.transactionNone ||
    own.some(({ node }) => cannotRunInTransaction(node) !== undefined);
  for (const statement of own) {
    const control = transactionOf(statement);
    if (control !== undefined && !allowed(control, { inTransaction: !outside })) {
      report(statement, options, {
        code: "definition/stray-transaction-control",
        ...(isSavepoint(control)
          ? {
            message: `${options.path} uses savepoints, but it runs outside a transaction.`,
            hint: "Remove them, or move what cannot run in a transaction to another migration.",
          }
          : {
            message: `${options.path} holds ${wordsOf(control, { statement, ...options })}: ` +
              "a migration must not begin or end transactions by itself.",
            hint: "Remove it: each migration runs in a transaction of its own. " +
              "One BEGIN … COMMIT around the whole file is accepted; for several, split the file.",
          }),
      });
    }
  }
  return own.filter((statement) => {
    const control = transactionOf(statement);
    return control === undefined || allowed(control, { inTransaction: !outside });
  });
}

function checkWrapper(
  { options: modes = [] }: TransactionStmt,
  { own, begin, options }: {
    readonly own: readonly SqlStatement[];
    readonly begin: SqlStatement;
    readonly options: WrapperOptions;
  },
): void {
  if (modes.length > 0) {
    report(begin, options, {
      code: "definition/transaction-options",
      message: `${options.path} begins its transaction with options, ` +
        "but migrations run in a plain READ COMMITTED transaction.",
      hint: "Write BEGIN without options, or leave out BEGIN and COMMIT.",
    });
  }
  const refused = own.find(({ node }) => cannotRunInTransaction(node) !== undefined);
  if (refused !== undefined) {
    report(refused, options, {
      code: "definition/outside-in-transaction",
      message: `${options.path} is wrapped in BEGIN and COMMIT, but PostgreSQL refuses ` +
        `${cannotRunInTransaction(refused.node)} in a transaction.`,
      hint: "Remove BEGIN and COMMIT; the statement is then run outside a transaction.",
    });
  } else if (options.transactionNone) {
    report(begin, options, {
      code: "definition/outside-in-transaction",
      message: `${options.path} is wrapped in BEGIN and COMMIT, ` +
        "but it asks for `transaction: none`.",
      hint: "Remove BEGIN and COMMIT, or remove `transaction: none`.",
    });
  }
}

function transactionOf(statement: SqlStatement | undefined): TransactionStmt | undefined {
  if (statement === undefined || !("TransactionStmt" in statement.node)) return undefined;
  return statement.node.TransactionStmt;
}

function begins(control: TransactionStmt | undefined): boolean {
  return control?.kind === "TRANS_STMT_BEGIN" || control?.kind === "TRANS_STMT_START";
}

function isSavepoint({ kind }: TransactionStmt): boolean {
  return kind === "TRANS_STMT_SAVEPOINT" || kind === "TRANS_STMT_RELEASE" ||
    kind === "TRANS_STMT_ROLLBACK_TO";
}

function allowed(
  control: TransactionStmt,
  { inTransaction }: { readonly inTransaction: boolean },
): boolean {
  return isSavepoint(control) ? inTransaction : control.kind === "TRANS_STMT_COMMIT_PREPARED" ||
    control.kind === "TRANS_STMT_ROLLBACK_PREPARED";
}

/**
 * The statement's words as written, without names and values: `END`, `COMMIT AND CHAIN`, `PREPARE
 * TRANSACTION`.
 */
function wordsOf(
  control: TransactionStmt,
  { statement, text }: { readonly statement: SqlStatement; readonly text: string },
): string {
  if (control.kind === "TRANS_STMT_PREPARE") return "PREPARE TRANSACTION";
  const { start, end } = statement.tokens[0]!;
  return text.slice(start, end).toUpperCase() + (control.chain ? " AND CHAIN" : "");
}

function report(
  statement: SqlStatement,
  { text, path, report }: WrapperOptions,
  { code, message, hint }: {
    readonly code: CodeOf<"definition">;
    readonly message: string;
    readonly hint: string;
  },
): void {
  const place = { file: path, line: lineAndColumn(text, statement.start).line };
  report(new Failure(code, message, { hint, place }));
}
