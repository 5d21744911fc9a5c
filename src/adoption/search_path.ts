// Pure.
/**
 * Parses the setting `search_path`.
 *
 * @module
 */

/** Returns the schemas that the setting names, in order; `"$user"` becomes the role. */
export function splitSearchPath(text: string, role: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"|([^\s,]+)/g)].map(([, quoted, bare]) => {
    const name = quoted === undefined ? bare!.toLowerCase() : quoted.replaceAll('""', '"');
    return name === "$user" ? role : name;
  });
}
