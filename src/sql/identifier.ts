// Pure.
/**
 * Writes names and literals so that PostgreSQL reads back exactly what was meant.
 *
 * @module
 */

/**
 * A name between double quotes, whatever it holds: `a"b` gives `"a""b"`.
 *
 * @throws {TypeError} When it holds a NUL character, which PostgreSQL cannot store.
 */
export function quoteIdentifier(name: string): string {
  refuseNul(name);
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name with its schema where one is given: `"s"."t"`, `"t"`. */
export function quoteQualified(
  { schema, name }: { readonly schema?: string | undefined; readonly name: string },
): string {
  const quoted = quoteIdentifier(name);
  return schema === undefined ? quoted : `${quoteIdentifier(schema)}.${quoted}`;
}

/**
 * A text literal that means the same whether `standard_conforming_strings` is on or off: an escape
 * string as soon as it holds a backslash.
 *
 * @throws {TypeError} When it holds a NUL character, which PostgreSQL cannot store.
 */
export function quoteLiteral(value: string): string {
  refuseNul(value);
  const quoted = value.replaceAll("'", "''");
  return quoted.includes("\\") ? `E'${quoted.replaceAll("\\", "\\\\")}'` : `'${quoted}'`;
}

function refuseNul(text: string): void {
  if (text.includes("\0")) throw new TypeError("PostgreSQL's text cannot hold a NUL character.");
}
