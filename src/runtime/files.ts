/**
 * Reading and writing files.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { unlessRegular } from "./file_kind.ts";

/** A directory's entry. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** The bytes of a file, or undefined when there is none. Other errors are thrown as they are. */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * The same of a regular file. Reading a pipe or a device might wait for ever.
 *
 * @throws {Error} Where there is something else. Other errors are thrown as they are.
 */
export async function readRegularFile(path: string): Promise<Uint8Array | undefined> {
  try {
    const kind = unlessRegular(await fs.stat(path));
    if (kind !== undefined) throw new Error(`it is ${kind}`);
    return await fs.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * The UTF-8 text of a file, a byte order mark included; or undefined when there is no file, or none
 * that we may read.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const bytes = await readBytes(path);
    return bytes === undefined
      ? undefined
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

/** What a directory holds, ascending by name, or undefined when it is not there or not a directory. */
export async function listDirectory(path: string): Promise<readonly DirectoryEntry[] | undefined> {
  try {
    const entries = await fs.readdir(path, { withFileTypes: true });
    const listed = await Promise.all(entries.map(async (entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory() ||
        (entry.isSymbolicLink() && await isDirectory(`${path}/${entry.name}`)),
    })));
    return listed.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** True for a directory, also behind a symbolic link; false where we may not look. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return false;
    throw error;
  }
}

/**
 * The permission bits of a file, and those that say what kind of file it is; or undefined when there is none, or
 * none that we may see: to libpq a file that cannot be looked at is not there either.
 */
export async function permissions(path: string): Promise<number | undefined> {
  try {
    return (await fs.stat(path)).mode;
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return undefined;
    throw error;
  }
}

/** When a file was last changed, in milliseconds since the epoch; undefined when there is none. */
export async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await fs.lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Makes a new file; fails with EEXIST rather than overwrite one. */
export async function createFile(path: string, content: string | Uint8Array): Promise<void> {
  await fs.writeFile(path, content, { flag: "wx" });
}

/** Puts a text where one may be already, with the directories above it: the old one or the new one is there. */
export async function replaceText(path: string, content: string): Promise<void> {
  const directory = path.replace(/\/?[^/]*$/, "");
  if (directory !== "") await fs.mkdir(directory, { recursive: true });
  const partial = `${path}.new`;
  await fs.writeFile(partial, content);
  await fs.rename(partial, path);
}

/** Makes a new directory and those above it; fails with EEXIST when the last one is there already. */
export async function createDirectory(path: string): Promise<void> {
  const parent = path.replace(/\/[^/]+\/?$/, "");
  if (parent !== "" && parent !== path) await fs.mkdir(parent, { recursive: true });
  await fs.mkdir(path);
}

/** Removes a file or a whole directory; nothing happens when it is not there. */
export async function remove(path: string): Promise<void> {
  await fs.rm(path, { recursive: true, force: true });
}

function isForbidden(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "EACCES" || code === "EPERM";
}

function isMissing(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === "ENOENT" || code === "ENOTDIR";
}
