/**
 * Names of files that begin with a number, and what a folder of them is told by.
 *
 * @module
 */

import { decodeText } from "../text/decode_text.ts";
import type { Tree, TreeEntry } from "./layout.ts";
import type { NumberedFile } from "./numbered_files.ts";

/** `<number>_<title>.sql`, also with a dash or nothing behind the number; not `.up.sql`, `.down.sql`. */
const NUMBERED = /^([0-9]+)(?:[_-]?)(.*)\.sql$/s;

/** True for the name of a migration that has one file. */
export function isNumberedFile({ name, isDirectory }: TreeEntry): boolean {
  return !isDirectory && NUMBERED.test(name) && !/\.(up|down)\.sql$/i.test(name);
}

/** The entries that are migrations of one file, taken apart. */
export function numberedFiles(entries: readonly TreeEntry[]): readonly NumberedFile[] {
  return entries.filter(isNumberedFile).map(({ name }) => {
    const [, digits, title] = NUMBERED.exec(name)!;
    return { path: name, digits: digits!, title: title! };
  });
}

/** The first of these files whose text has such a line; undefined when none has. */
export async function fileWithLine(
  tree: Tree,
  { line, isCandidate = isNumberedFile }: {
    readonly line: RegExp;
    readonly isCandidate?: (entry: TreeEntry) => boolean;
  },
): Promise<string | undefined> {
  for (const { name } of (await tree.list("") ?? []).filter(isCandidate)) {
    const bytes = await tree.read(name) ?? new Uint8Array();
    const text = decodeText(bytes, { path: name, report: () => {} });
    if (text !== undefined && line.test(text)) return name;
  }
  return undefined;
}
