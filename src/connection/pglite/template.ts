/**
 * The template of embedded PostgreSQL's data directories. It is made once: initdb takes seconds in
 * WebAssembly, and unpacking its result takes a fraction of one.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import { cacheDirectory } from "../../runtime/cache_directory.ts";
import { replaceFile } from "../../runtime/replace_file.ts";
import { untar } from "./tar.ts";

/** The major version of the embedded PostgreSQL, as PG_VERSION has it. */
export const EMBEDDED_MAJOR = "18";

/** `deno task compile` puts a file here, inside the executable. There is none in the sources. */
const EMBEDDED = new URL("./pglite_template.tar.gz", import.meta.url);

/** Many small WAL files instead of one of 16 MB, to have less to unpack. */
const INITDB = ["--wal-segsize=1"];

/**
 * Loads the template from the executable, else from the user's cache; else makes it.
 *
 * @returns A gzipped tar archive.
 */
export async function loadTemplate(): Promise<Uint8Array> {
  return await readIfThere(EMBEDDED) ?? await cachedTemplate();
}

/** Runs initdb. It takes seconds, and a gigabyte of memory that is not released at once. */
export async function makeTemplate(): Promise<Uint8Array> {
  const { PGlite } = await import("@electric-sql/pglite");
  const pg = await PGlite.create({ initDbStartParams: INITDB });
  try {
    await pg.exec("CHECKPOINT");
    const dump = await pg.dumpDataDir("gzip");
    return new Uint8Array(await dump.arrayBuffer());
  } finally {
    await pg.close();
  }
}

/**
 * Unpacks the template as a data directory. The directory is renamed into place when it is complete, so
 * that a killed process leaves nothing that looks like a data directory.
 *
 * @param directory Does not exist yet, or is empty.
 */
export async function unpackTemplate(directory: string): Promise<void> {
  const partial = `${directory}.${process.pid}.new`;
  try {
    await fs.mkdir(partial, { mode: 0o700 });
    for (const { name, content } of untar(gunzipSync(await loadTemplate()))) {
      const target = path.join(partial, name);
      if (content === undefined) await fs.mkdir(target, { recursive: true, mode: 0o700 });
      else if (name !== "postmaster.pid") await fs.writeFile(target, content, { mode: 0o600 });
    }
    await fs.rename(partial, directory);
  } finally {
    await fs.rm(partial, { recursive: true, force: true });
  }
}

async function cachedTemplate(): Promise<Uint8Array> {
  const file = await cacheFile();
  const cached = file && await readIfThere(file);
  if (cached) return cached;
  const template = await makeTemplate();
  if (file !== undefined) await keep(file, template).catch(() => {}); // Only the next start is slower.
  return template;
}

/** The name contains the build of PGlite. */
async function cacheFile(): Promise<string | undefined> {
  const directory = cacheDirectory();
  if (directory === undefined) return undefined;
  const wasm = createRequire(import.meta.url).resolve("@electric-sql/pglite/pglite.wasm");
  const { size, mtimeMs } = await fs.stat(wasm);
  const build = `${EMBEDDED_MAJOR}-${size}-${Math.floor(mtimeMs)}${INITDB.join("")}`;
  return path.join(directory, `pglite-${build}.tar.gz`);
}

async function keep(file: string, template: Uint8Array): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await replaceFile(file, { mode: 0o600, write: (opened) => opened.writeFile(template) });
}

async function readIfThere(file: string | URL): Promise<Uint8Array | undefined> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}
