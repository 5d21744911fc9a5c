/**
 * How a set of bun's is told from one of golang-migrate's.
 *
 * @module
 */

import { bunDirectives } from "../migration/bun_directives.ts";
import { decodeText } from "../text/decode_text.ts";
import { isFlatFile } from "./flat_files.ts";
import type { Tree, TreeEntry } from "./layout.ts";

/**
 * The name of the file by which a folder is known to be bun's, or undefined: a name with `.tx`, a
 * migration in Go, Go that imports bun, or a `--bun:` directive.
 */
export async function bunMark(tree: Tree): Promise<string | undefined> {
  const entries = await tree.list("") ?? [];
  const named = entries.find((entry) =>
    isTxFile(entry) || !entry.isDirectory && GO_MIGRATION.test(entry.name)
  );
  if (named !== undefined) return named.name;
  const go = entries.filter(({ name, isDirectory }) => !isDirectory && name.endsWith(".go"));
  for (const { name } of [...go, ...entries.filter(isFlatFile)]) {
    const text = decodeText(await tree.read(name) ?? new Uint8Array(), {
      path: name,
      report: () => {},
    }) ?? "";
    const marked = name.endsWith(".go")
      ? text.includes('"github.com/uptrace/bun')
      : bunDirectives(text).length > 0;
    if (marked) return name;
  }
  return undefined;
}

/** `<version>_<name>.go`, which registers functions to be run. */
export const GO_MIGRATION = /^[0-9]+_(?!.*_test\.go$).*\.go$/s;

function isTxFile(entry: TreeEntry): boolean {
  return isFlatFile(entry) && /\.tx\.(up|down)\.sql$/.test(entry.name);
}
