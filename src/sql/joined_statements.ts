// Pure.
/**
 * Joins statements into messages, and finds the statement of a message that failed.
 *
 * After an error the server skips the rest of a message. Statements that were sent behind it as messages
 * of their own would each be refused (25P02), and each refusal is an error in the server's log.
 *
 * @module
 */

import { codePointCount, codePointOffset } from "./offsets.ts";
import { UNTRANSLATABLE, untranslatable } from "./untranslatable.ts";

/**
 * UTF-16 units after which a message is complete; a single statement may be longer. The server parses a
 * message as a whole, and writes all of it into its log when a statement fails.
 */
const LENGTH = 64_000;

const SEPARATOR = ";\n";

/** Consecutive statements in one message. */
export interface JoinedStatements {
  readonly sql: string;
  /** The index of its first statement among all that were joined. */
  readonly first: number;
  /** Where its statements begin, in UTF-16 units of `sql`; ascending. */
  readonly starts: readonly number[];
}

/**
 * Joins statements into as few messages as their lengths allow, in order.
 *
 * @param statements Each is one statement, without a semicolon behind it.
 */
export function* joinStatements(
  statements: Iterable<string>,
  { length: limit = LENGTH }: { readonly length?: number } = {},
): Generator<JoinedStatements> {
  let first = 0;
  let texts: string[] = [];
  let starts: number[] = [];
  let length = 0;
  const joined = (): JoinedStatements => ({ sql: texts.join(SEPARATOR), first, starts });
  for (const statement of statements) {
    if (texts.length > 0 && length + statement.length > limit) {
      yield joined();
      first += texts.length;
      [texts, starts, length] = [[], [], 0];
    }
    texts.push(statement);
    starts.push(length);
    length += statement.length + SEPARATOR.length;
  }
  if (texts.length > 0) yield joined();
}

/** What the server says of a message that failed. */
export interface RefusedMessage<E> {
  /** Its `position` is 1-based, in code points of the message. */
  readonly error: E;
  /** The number of the message's statements that were complete before. */
  readonly completed: number;
}

/**
 * Finds the statement that failed among all that were joined, and gives the error with its position in
 * that statement.
 *
 * The server parses a message before it runs anything of it. So the position counts first, and the
 * number of complete statements only where there is none.
 */
export function failedStatement<
  E extends { readonly sqlstate: string; readonly message: string; readonly position?: number },
>(
  { sql, first, starts }: JoinedStatements,
  { error, completed }: RefusedMessage<E>,
): { readonly index: number; readonly error: E } {
  const offset = error.position === undefined
    ? completed === 0 ? foreignCharacterOffset(sql, error) : undefined
    : codePointOffset(sql, error.position - 1);
  const index = offset === undefined
    ? Math.min(completed, starts.length - 1)
    : starts.findLastIndex((start) => start <= offset);
  if (error.position === undefined) return { index: first + index, error };
  const position = codePointCount(sql.slice(starts[index], offset)) + 1;
  return { index: first + index, error: { ...error, position } };
}

/** The server converts a message as a whole, and names a character that its encoding lacks. */
function foreignCharacterOffset(
  sql: string,
  { sqlstate, message }: { readonly sqlstate: string; readonly message: string },
): number | undefined {
  const character = sqlstate === UNTRANSLATABLE ? untranslatable(message) : undefined;
  const offset = character === undefined ? -1 : sql.indexOf(character);
  return offset === -1 ? undefined : offset;
}
