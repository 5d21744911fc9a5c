// Pure.
/**
 * Parses the name of a table as written in SQL.
 *
 * @module
 */

/** A parsed name: folded to lower case, unless it is quoted. */
export interface QualifiedName {
  readonly schema?: string;
  readonly name: string;
}

const PART = `[\\p{L}_][\\p{L}\\p{N}_$]*|"(?:[^"\\0]|"")+"`;
const QUALIFIED = new RegExp(`^\\s*(?:(${PART})\\s*\\.\\s*)?(${PART})\\s*$`, "u");

/** Parses `routes` or `public."Routes"`; undefined for anything else. */
export function parseQualifiedName(text: string): QualifiedName | undefined {
  const [, schema, name] = QUALIFIED.exec(text) ?? [];
  if (name === undefined) return undefined;
  return { ...(schema === undefined ? {} : { schema: unquoted(schema) }), name: unquoted(name) };
}

function unquoted(part: string): string {
  return part.startsWith('"')
    ? part.slice(1, -1).replaceAll('""', '"')
    : part.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
