/**
 * Lists migrations quickly, by the names that they give themselves.
 *
 * @module
 */

import type { TreeEntry } from "../definition/layouts/layout.ts";
import { isNumberedFile } from "../definition/layouts/numbered_names.ts";
import { type Listed, listed } from "../definition/layouts/listed.ts";
import { readMetadata } from "../definition/migration/metadata.ts";
import { readText } from "../runtime/files.ts";

/**
 * As `listed`, with the names of `metadata.yaml` where there is one: no SQL is read.
 *
 * @returns Undefined where something has a name that only a closer look can judge: who waits must not
 * pass over what may be a migration.
 */
export async function listNamed(
  directory: string,
  entries: readonly TreeEntry[],
): Promise<readonly Listed[] | undefined> {
  const isPlain = entries.every((entry) =>
    !/^[0-9]/.test(entry.name) || listed([entry]).length > 0
  );
  const directories = entries.filter((entry) => entry.isDirectory && listed([entry]).length > 0);
  // One file for each migration, and directories of one number: their versions are a layout's to give.
  const isPlainLayout = !entries.some(isNumberedFile) &&
    listed(directories).length === directories.length;
  if (!isPlain || !isPlainLayout || listed(entries).length === 0) return undefined;
  const names = new Map<bigint, string>();
  await Promise.all(
    entries.filter(({ isDirectory }) => isDirectory).map(async (entry) => {
      const [migration] = listed([entry]);
      if (migration === undefined) return;
      const path = `${directory}/${entry.name}/metadata.yaml`;
      const text = await readText(path);
      const name = text === undefined
        ? undefined
        : readMetadata(text, { path, report: () => {} })?.name;
      if (name !== undefined) names.set(migration.version, name);
    }),
  );
  return listed(entries).map((one) => ({ ...one, name: names.get(one.version) ?? one.name }));
}
