/**
 * Creates a file atomically: it exists completely, and on disk, or not at all. Never replaces a
 * file.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "./sync_directory.ts";

/** A file that is being written under a temporary name. */
export interface NewFile {
  write(text: string): Promise<void>;
  /**
   * Syncs it to disk and gives it its final name.
   *
   * @returns `exists` when that name is taken; the existing file is unchanged.
   */
  commit(): Promise<"created" | "exists">;
  /** Removes the temporary file, unless it was committed. */
  discard(): Promise<void>;
}

/**
 * Begins a file in an existing directory. Unfinished files that earlier writers left under this
 * name are removed.
 *
 * @param mark Letters and digits that no other writer of this name uses.
 * @throws Errors of the file system unchanged.
 */
export async function beginFile(path: string, mark: string): Promise<NewFile> {
  const directory = dirname(path);
  const prefix = `.${basename(path)}.`;
  for (const name of await fs.readdir(directory)) {
    if (name.startsWith(prefix) && name.endsWith(UNFINISHED)) {
      await fs.rm(join(directory, name), { force: true });
    }
  }
  const temporary = join(directory, `${prefix}${mark}${UNFINISHED}`);
  const file = await fs.open(temporary, "wx");
  let isOpen = true;
  const close = async () => {
    if (isOpen) await file.close();
    isOpen = false;
  };
  return {
    async write(text) {
      await file.appendFile(text);
    },
    async commit() {
      await file.sync();
      await close();
      const end = await place(temporary, path);
      await fs.rm(temporary, { force: true });
      await syncDirectory(directory);
      return end;
    },
    async discard() {
      await close();
      await fs.rm(temporary, { force: true });
    },
  };
}

const UNFINISHED = ".unfinished";

async function place(from: string, to: string): Promise<"created" | "exists"> {
  try {
    await fs.link(from, to);
    return "created";
  } catch (error) {
    const code = (error as { code?: unknown } | null)?.code;
    if (code === "EEXIST") return "exists";
    // File system without hard links: the lease guarantees that no other process writes this name.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(String(code))) throw error;
  }
  const isThere = await fs.lstat(to).then(() => true, () => false);
  if (isThere) return "exists";
  await fs.rename(from, to);
  return "created";
}
