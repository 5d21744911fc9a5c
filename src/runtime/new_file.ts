/**
 * A file that is there as a whole, and on disk, or not at all; and that replaces no other.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "./sync_directory.ts";

/** A file that is being written, under another name. */
export interface NewFile {
  write(text: string): Promise<void>;
  /**
   * Puts it on disk and gives it its name.
   *
   * @returns `exists` when there is one of that name already, which stays as it is.
   */
  commit(): Promise<"created" | "exists">;
  /** Removes what was written, unless it was committed. */
  discard(): Promise<void>;
}

/**
 * Begins a file in a directory that there is. What earlier ones of that name have left unfinished is
 * removed.
 *
 * @param mark Letters and digits that no other writer of the same name has.
 * @throws Errors of the file system as they are.
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
    // File systems without hard links: nobody else writes this name while the lease is ours.
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(String(code))) throw error;
  }
  const isThere = await fs.lstat(to).then(() => true, () => false);
  if (isThere) return "exists";
  await fs.rename(from, to);
  return "created";
}
