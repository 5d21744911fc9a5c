/**
 * Compiles an SQL file into a script: splits its statements, chooses its transaction mode, and
 * reports what would keep it from running.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { type CodeOf, Failure } from "../../failure.ts";
import { garbageCollector } from "../../runtime/collect_garbage.ts";
import { tokenChecksum } from "../../sql/checksum.ts";
import { clientCopy } from "../../sql/client_copy.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { persistentSettingChange } from "../../sql/session_effects.ts";
import { usesNewEnumValue } from "../../sql/new_enum_value.ts";
import { cannotRunInTransaction } from "../../sql/non_transactional.ts";
import { parseStatements, type SqlStatement } from "../../sql/script_statements.ts";
import { SyntaxProblem } from "../../sql/parser.ts";
import { resumableOf } from "../../sql/resumable.ts";
import { leavesSessionAlone } from "../../sql/session_change.ts";
import type { Script, Statement } from "./definition.ts";
import { bunSplits, withSemicolons } from "./bun_directives.ts";
import { decodeText } from "../text/decode_text.ts";
import { copyRefused, explainSyntaxProblem } from "../text/syntax_problem.ts";
import { fileTransactions, isTransactionWrapped } from "./file_transactions.ts";

/** Options of `compileScript`. */
export interface ScriptOptions {
  /** The path to use in messages. */
  readonly path: string;
  /** True when the metadata asks for no transaction but those that the file begins. */
  readonly transactionNone: boolean;
  /**
   * True when the author did not rely on a transaction: the script gets none if it uses an enum
   * value that it adds, which PostgreSQL refuses inside a transaction.
   */
  readonly transactionOptional?: boolean;
  /**
   * The project's policy for a file that does not say: `single` refuses statements that cannot run
   * in a transaction, `none` gives a transaction only to a file that BEGIN and COMMIT wrap.
   * Default: `auto`.
   */
  readonly transaction?: "auto" | "single" | "none";
  /** The bytes are not those of the file as it stands. */
  readonly isDerived?: boolean;
  /** Asked for a large script, before it is parsed. Default: nothing is known. */
  readonly known?: KnownScripts | undefined;
  /** Called with every defect. */
  readonly report: (defect: Failure) => void;
}

/** What is known of a script without parsing it. */
export type KnownScript = Pick<Script, "checksum" | "transaction">;

/**
 * What is known of a script that a database has applied, byte for byte, by its raw checksum; undefined where
 * nothing is.
 */
export type KnownScripts = (rawChecksum: string) => Promise<KnownScript | undefined>;

/** Bytes from which a script is worth asking whether it is known. */
const LARGE = 1_000_000;

/** A script, and facts that its metadata must agree with. */
export interface CompiledScript {
  readonly script: Script;
  /** It was not parsed, because its checksum is known: it has no statements. */
  readonly isKnown?: true;
  /** It could not be taken apart. */
  readonly isBroken: boolean;
  /** Line of the first CREATE INDEX CONCURRENTLY. */
  readonly concurrentIndexLine: number | undefined;
  /** 1-based line and leading words of the first statement about an extension. */
  readonly extension: { readonly line: number; readonly words: string } | undefined;
}

/**
 * Reads a script and reports its defects: bytes that are no text, SQL that is none, psql's own
 * commands, transactions that it would begin or end by itself.
 *
 * A script that could not be taken apart has no statements, and its raw checksum for a checksum.
 */
export async function compileScript(
  bytes: Uint8Array,
  { path, transactionOptional = false, transaction = "auto", report, ...options }: ScriptOptions,
): Promise<CompiledScript> {
  const rawChecksum = createHash("sha256").update(bytes).digest("hex");
  const broken = (text: string): CompiledScript => ({
    script: {
      path,
      checksum: rawChecksum,
      rawChecksum,
      transaction: "single",
      statements: [],
      ...(options.isDerived ? { isDerived: true as const } : {}),
      read: () => Promise.resolve(text),
    },
    isBroken: true,
    concurrentIndexLine: undefined,
    extension: undefined,
  });
  const known = bytes.length < LARGE ? undefined : await options.known?.(rawChecksum);
  if (known !== undefined) {
    const { script, ...facts } = broken("");
    const read = () => Promise.resolve(decodeText(bytes, { path, report }) ?? "");
    return {
      ...facts,
      script: { ...script, ...known, read },
      isBroken: false,
      isKnown: true,
    };
  }
  const text = decodeText(bytes, { path, report });
  if (text === undefined) return broken("");
  const splits = bunSplits(text);
  const sql = withSemicolons(text, splits);
  let parsed: readonly SqlStatement[];
  try {
    parsed = await parseStatements(sql, { withoutData: true });
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    report(await explainSyntaxProblem(error, { text: sql, path }));
    return broken(text);
  }
  const transactionNone = (options.transactionNone || transaction === "none") &&
    !isTransactionWrapped(parsed);
  const { own, transactions = [] } = fileTransactions(parsed, {
    text,
    path,
    transactionNone,
    report,
  });
  const lineOf = (statement: SqlStatement) => lineAndColumn(text, statement.start).line;
  const refuse = (statement: SqlStatement, code: CodeOf<"definition">, words: [string, string]) =>
    report(
      new Failure(code, words[0], {
        hint: words[1],
        place: { file: path, line: lineOf(statement) },
      }),
    );

  for (const statement of own) {
    const copy = clientCopy(statement.node);
    if (copy !== undefined) report(copyRefused(copy, { path, line: lineOf(statement) }));
  }

  const concurrent = own.find((statement) => statement.concurrentIndex !== undefined);

  const isInTransaction = (index: number) =>
    transactions.some(({ first, end }) => index >= first && index < end);
  const collectGarbage = garbageCollector();
  const statements = own.map((statement, index) => {
    collectGarbage(statement.end - statement.start);
    return toStatement(statement, { isInTransaction: isInTransaction(index) });
  });
  const hasNoControl = parsed.every(({ node }) => !("TransactionStmt" in node));
  const needsNone = own.find(({ node }) => cannotRunInTransaction(node) !== undefined);
  const needsCommit = transactionOptional && hasNoControl && usesNewEnumValue(own, text);
  if (transaction === "single" && !transactionNone && (needsNone ?? needsCommit)) {
    const why = needsNone ? cannotRunInTransaction(needsNone.node) : "an enum value that it adds";
    refuse(needsNone ?? own[0]!, "definition/outside-in-transaction", [
      `${path} has ${why}, which PostgreSQL refuses in a transaction, and migrator.yaml says ` +
      "`transaction: single`.",
      "Let the migration itself say `transaction: none`, in its metadata or, where it has none, as " +
      "`-- migrator: transaction: none` at the top of the up file.",
    ]);
  }
  if (transaction === "single" && !transactionNone && !needsNone && transactions.length > 0) {
    refuse(own[0]!, "definition/outside-in-transaction", [
      `${path} does not fit into one transaction, because it begins or ends transactions itself, and ` +
      "migrator.yaml says `transaction: single`.",
      "Remove its BEGIN, COMMIT and ROLLBACK, or remove `transaction: single`.",
    ]);
  }
  const outside = transactionNone || needsNone !== undefined || needsCommit ||
    transactions.length > 0;
  const extension = own.find((statement) => extensionWords(statement) !== undefined);
  return {
    script: {
      path,
      checksum: tokenChecksum(text, own),
      rawChecksum,
      transaction: outside ? "none" : "single",
      statements,
      ...(transactions.length === 0 ? {} : { transactions }),
      ...(options.isDerived ? { isDerived: true as const } : {}),
      read: () => Promise.resolve(text),
    },
    isBroken: false,
    concurrentIndexLine: concurrent && lineOf(concurrent),
    extension: extension && { line: lineOf(extension), words: extensionWords(extension)! },
  };
}

function toStatement(
  { node, start, end, concurrentIndex }: SqlStatement,
  { isInTransaction }: { readonly isInTransaction: boolean },
): Statement {
  const outside = cannotRunInTransaction(node);
  const resumable = resumableOf(node);
  const lasting = persistentSettingChange(node);
  return {
    start,
    end,
    ...(outside === undefined ? {} : { outside }),
    ...(leavesSessionAlone(node) ? { plain: true } : {}),
    ...(lasting === undefined ? {} : { lasting }),
    ...(!isInTransaction && ("CallStmt" in node || "DoStmt" in node) ? { mayCommit: true } : {}),
    ...(concurrentIndex === undefined ? {} : { concurrentIndex }),
    ...(resumable === undefined ? {} : { resumable }),
  };
}

function extensionWords({ node }: SqlStatement): string | undefined {
  if ("CreateExtensionStmt" in node) return "CREATE EXTENSION";
  if ("AlterExtensionStmt" in node || "AlterExtensionContentsStmt" in node) {
    return "ALTER EXTENSION";
  }
  if ("AlterObjectSchemaStmt" in node) {
    return node.AlterObjectSchemaStmt.objectType === "OBJECT_EXTENSION"
      ? "ALTER EXTENSION"
      : undefined;
  }
  if ("DropStmt" in node) {
    return node.DropStmt.removeType === "OBJECT_EXTENSION" ? "DROP EXTENSION" : undefined;
  }
  if ("CommentStmt" in node) {
    return node.CommentStmt.objtype === "OBJECT_EXTENSION" ? "COMMENT ON EXTENSION" : undefined;
  }
  return undefined;
}
