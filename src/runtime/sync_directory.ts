/**
 * Syncs the names in a directory to disk.
 *
 * @module
 */

import * as fs from "node:fs/promises";

/** A new or changed name survives a power cut only once its directory is synced too. */
export async function syncDirectory(path: string): Promise<void> {
  try {
    const handle = await fs.open(path, "r");
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some systems cannot sync a directory. The file itself is on disk.
  }
}
