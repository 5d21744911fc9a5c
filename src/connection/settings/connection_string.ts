// Pure.
/**
 * Parses connection strings: a URL, libpq's keyword string, or `pglite:`.
 *
 * No message from here quotes any part of the text that could be a password.
 *
 * @module
 */

import { parseKeywordString } from "./keyword_string.ts";
import type { Parameters } from "./parameters.ts";
import { unreadable } from "./unreadable.ts";
import { parseUri } from "./uri.ts";

/** A parsed connection string. */
export type ConnectionString =
  | { readonly kind: "server"; readonly parameters: Parameters }
  | { readonly kind: "embedded"; readonly directory: string | undefined };

/**
 * @param origin Where the text was found, for messages: `--database-url`, `DATABASE_URL`.
 * @throws {Failure} `settings/unreadable-url`, `settings/unknown-parameter`.
 */
export function parseConnectionString(text: string, origin: string): ConnectionString {
  if (text.startsWith("pglite:")) return { kind: "embedded", directory: directoryOf(text, origin) };
  const scheme = /^(?:postgres|postgresql):\/\//.exec(text)?.[0];
  if (scheme !== undefined) {
    return { kind: "server", parameters: parseUri(text.slice(scheme.length), origin) };
  }
  // A URL of another kind may hold a `=` as well; it must not be taken for a keyword string.
  const other = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1];
  if (other !== undefined) {
    throw unreadable(
      origin,
      `it begins with ${other}: instead of postgres://`,
      "Write postgres://user@host:5432/database",
    );
  }
  if (text.includes("=")) return { kind: "server", parameters: parseKeywordString(text, origin) };
  throw unreadable(
    origin,
    "it is neither a URL nor a keyword string",
    "Write postgres://user@host:5432/database, or host=… dbname=…",
  );
}

function directoryOf(text: string, origin: string): string | undefined {
  const path = text.slice("pglite:".length);
  if (path === "memory") return undefined;
  if (path !== "" && !path.startsWith("//")) return path;
  throw unreadable(
    origin,
    "pglite: is not followed by a path",
    "Write pglite:./data for a directory, or pglite:memory",
  );
}
