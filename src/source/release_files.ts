/**
 * The manifests of releases in the folder `releases/` beside the databases.
 *
 * @module
 */

import { type DirectoryEntry, listDirectory, readRegularFile } from "../runtime/files.ts";
import { Failure } from "../failure.ts";
import { clause } from "../format/clause.ts";
import type { ReleaseFile } from "./source.ts";

/** The folder's name. A folder of this name that holds migrations is a database all the same. */
export const RELEASES_FOLDER = "releases";

const SUFFIX = ".json";

/**
 * Reads the manifests below a directory of migrations.
 *
 * @returns Ascending by name; empty where there is no such folder.
 * @throws {Failure} `source/unreadable`.
 */
export async function readReleaseFiles(directory: string): Promise<readonly ReleaseFile[]> {
  const folder = `${directory}/${RELEASES_FOLDER}`;
  const files: ReleaseFile[] = [];
  for (
    const { name } of (await readable(folder, () => listDirectory(folder)) ?? []).filter(isFile)
  ) {
    const path = `${folder}/${name}`;
    const content = await readable(path, () => readRegularFile(path));
    const text = new TextDecoder().decode(content ?? new Uint8Array());
    files.push({ path: `${RELEASES_FOLDER}/${name}`, text });
  }
  return files;
}

function isFile({ name, isDirectory }: DirectoryEntry): boolean {
  return !isDirectory && name.endsWith(SUFFIX) && !name.startsWith(".");
}

async function readable<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Failure(
      "source/unreadable",
      `Reading ${path} failed: ${clause((error as Error).message)}.`,
      { hint: "Check that you may read it.", cause: error },
    );
  }
}
