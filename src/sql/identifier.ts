// Pure.
/**
 * Quotes names and literals so that PostgreSQL reads back the same text.
 *
 * @module
 */

/**
 * A quoted identifier: `a"b` gives `"a""b"`.
 *
 * @throws {TypeError} For a NUL character, which PostgreSQL cannot store.
 */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted name, with its schema if given: `"s"."t"`, `"t"`. */
export function quoteQualified(
  { schema, name }: { readonly schema?: string | undefined; readonly name: string },
): string {
  const quoted = quoteIdentifier(name);
  return schema === undefined ? quoted : `${quoteIdentifier(schema)}.${quoted}`;
}

/**
 * A text literal whose value does not depend on `standard_conforming_strings`: an escape string
 * when it contains a backslash.
 *
 * @throws {TypeError} For a NUL character, which PostgreSQL cannot store.
 */
export function quoteLiteral(value: string): string {
  refuseNul(value);
  const quoted = value.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

function refuseNul(text: string): void {
  if (text.includes("\0")) throw new TypeError("PostgreSQL's text cannot hold a NUL character.");
}
