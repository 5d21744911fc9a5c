/**
 * The names in a directory, on disk.
 *
 * @module
 */

import * as fs from "node:fs/promises";

/** A new or changed name survives a power cut only once its directory is on the disk, too. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await fs.open(path, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some systems have no way to say that of a directory. The file itself is on disk.
  }
}
