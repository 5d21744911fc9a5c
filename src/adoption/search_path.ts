// Pure.
/**
 * The setting `search_path`, taken apart.
 *
 * @module
 */

/** The schemas that the text of the setting names, in order; `"$user"` is the role. */
export function splitSearchPath(text: string, role: string): readonly string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"|([^\s,]+)/g)].map(([, quoted, bare]) => {
    const name = quoted === undefined ? bare!.toLowerCase() : quoted.replaceAll('""', '"');
    return name === "$user" ? role : name;
  });
}
