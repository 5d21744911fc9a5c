// Pure.
/**
 * Quotes a word for a command that a person copies into a shell.
 *
 * @module
 */

/** The text as one word of a POSIX shell; quoted only if it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
