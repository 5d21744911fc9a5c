/**
 * A folder of files, for the time of a test.
 *
 * @module
 */

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

/** By path: what a file holds, or where a symbolic link leads. A path that ends in `/` is a folder. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

/** Writes the files below a new folder, which is removed afterwards. */
export async function withFolder<T>(
  files: Files,
  action: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(`${tmpdir()}/migrator-folder-`);
  try {
    for (const [path, content] of Object.entries(files)) {
      const full = `${root}/${path}`;
      await mkdir(path.endsWith("/") ? full : dirname(full), { recursive: true });
      if (path.endsWith("/")) continue;
      if (typeof content === "string" || content instanceof Uint8Array) {
        await writeFile(full, content);
      } else await symlink(content.link, full);
    }
    return await action(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
