/**
 * Reading and writing files.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unlessRegular } from "./file_kind.ts";

/** An entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** The bytes of a file; undefined when it does not exist. Other errors are thrown unchanged. */
export async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await fs.readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * Like `readBytes`, for regular files only: reading a pipe or a device could wait forever.
 *
 * @throws {Error} When the path is not a regular file. Other errors are thrown unchanged.
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
 * The UTF-8 text of a file, including a byte order mark. Undefined when the file does not exist or
 * must not be read.
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

/** The entries of a directory, ascending by name; undefined when there is no such directory. */
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

/** True for a directory, also behind a symbolic link; false where permissions forbid the look. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return false;
    throw error;
  }
}

/**
 * The mode of a file: permission bits and file type. Undefined when it does not exist or must not
 * be inspected: libpq treats both the same.
 */
export async function permissions(path: string): Promise<number | undefined> {
  try {
    return (await fs.stat(path)).mode;
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return undefined;
    throw error;
  }
}

/**
 * When a file was last modified, in milliseconds since the epoch; undefined when it does not exist.
 */
export async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await fs.lstat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Creates a file; fails with EEXIST when it exists. */
export async function createFile(path: string, content: string | Uint8Array): Promise<void> {
  await fs.writeFile(path, content, { flag: "wx" });
}

/** Makes a new directory and those above it; fails with EEXIST when the last one is there already. */
export async function createDirectory(path: string): Promise<void> {
  const parent = path.replace(/\/[^/]+\/?$/, "");
  if (parent !== "" && parent !== path) await fs.mkdir(parent, { recursive: true });
  await fs.mkdir(path);
}

/** Makes the directories above a file, where they are not there. */
export async function createParents(path: string): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
}

/** Makes a new directory that only this user can read, below the system's temporary directory. */
export async function temporaryDirectory(prefix: string): Promise<string> {
  return await fs.mkdtemp(join(tmpdir(), prefix));
}

/** Removes a file or a whole directory; does nothing when it does not exist. */
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
