/**
 * Writes a file atomically: it exists completely, and on disk, or not at all. May replace a file.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import * as fs from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { unlessRegular } from "./file_kind.ts";
import { syncDirectory } from "./sync_directory.ts";

/** Why a path must not be replaced. The message is a clause: `it is a named pipe`. */
export class NotReplaceable extends Error {
  override readonly name = "NotReplaceable";
}

/**
 * Writes a temporary file in the same directory and renames it. A symbolic link is followed, as cp
 * does, and stays a link. A failure leaves no file behind.
 *
 * @param options.mode Permission bits before the umask is applied, as with open(2).
 * @param options.write Fills the new file, open for reading and writing.
 * @param options.check Verifies the finished file under its temporary name.
 * @throws {NotReplaceable} When the path is not a regular file, or is a dangling link.
 * @throws What `write` and `check` throw, and errors of the file system unchanged.
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
  // Exclusive: never write through a file or link that another user has put there.
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
 * Writes a text as `replaceFile` does, and creates the directories above it.
 *
 * @throws As `replaceFile`.
 */
export async function replaceText(path: string, text: string): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  await replaceFile(path, { mode: 0o666, write: (file) => file.writeFile(text) });
}

/**
 * The path of the file itself: the target when the path is a symbolic link.
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
