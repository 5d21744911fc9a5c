/**
 * A file that is there as a whole, and on disk, or not at all; it may take the place of another.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unlessRegular } from "./file_kind.ts";
import { syncDirectory } from "./sync_directory.ts";

/** Why a path is not written to. The message is a clause: `it is a named pipe`. */
export class NotReplaceable extends Error {
  override readonly name = "NotReplaceable";
}

/**
 * Writes a file beside its place and moves it there. A symbolic link is followed, as cp does, and stays a
 * link. Nothing is left behind when it fails.
 *
 * @param options.mode Permission bits before the process's umask is applied, as with open(2).
 * @param options.write Fills the new file, which it is given open for reading and writing.
 * @param options.check Looks at the finished file under its temporary name.
 * @throws {NotReplaceable} Where something is that is no regular file, or a link that leads nowhere.
 * @throws What `write` and `check` throw, and errors of the file system as they are.
 */
export async function replaceFile(
  path: string,
  { mode, write, check }: {
    readonly mode: number;
    write(file: fs.FileHandle): Promise<void>;
    check?(temporary: string): void;
  },
): Promise<void> {
  const target = await replaceable(path);
  const mark = randomBytes(6).toString("hex");
  const temporary = join(dirname(target), `.${basename(target)}.${mark}`);
  // Exclusive: a file, or a link, that somebody has put there is not written through.
  const file = await fs.open(temporary, "wx+", mode);
  try {
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    check?.(temporary);
    await replaceable(path);
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(target));
}

/**
 * The path at which the file itself lies: that of the link's target where it is a link.
 *
 * @throws {NotReplaceable}
 */
export async function replaceable(path: string): Promise<string> {
  const link = await fs.lstat(path).catch(unlessMissing);
  if (link === undefined) return path;
  const stat = await fs.stat(path).catch(unlessMissing);
  if (stat === undefined) throw new NotReplaceable("it is a symbolic link that leads nowhere");
  const kind = unlessRegular(stat);
  if (kind !== undefined) throw new NotReplaceable(`it is ${kind}`);
  return link.isSymbolicLink() ? await fs.realpath(path) : path;
}

function unlessMissing(error: unknown): undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (code !== "ENOENT") throw error;
}
