/**
 * Data directories for throw-away servers.
 *
 * initdb takes a second or more, and gives the same each time: it runs once for each release on this
 * machine, and every server starts on a copy of what it made. All servers of a release therefore have one
 * system identifier.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import process from "node:process";
import { binDirectory, type Major, serverUser, temporaryDirectory } from "./server_binaries.ts";

/** Makes a new data directory, which the server's user owns. */
export async function createDataDirectory(major: Major, data: string): Promise<void> {
  await copyDataDirectory(await templateOf(major), data);
}

/** Copies the data directory of a server that is stopped, as the server's user. */
export async function copyDataDirectory(from: string, to: string): Promise<void> {
  await runAsServerUser("cp", "-R", from, to);
  await fs.chmod(to, 0o700);
}

/** @throws {Error} With what it printed, when it fails. */
export async function runAsServerUser(program: string, ...args: readonly string[]): Promise<void> {
  await run(program, args, serverUser() ?? {});
}

/** What initdb has made; others may read it, because the server's user copies it. */
async function templateOf(major: Major): Promise<string> {
  const bin = binDirectory(major);
  const { mtime, size } = await fs.stat(path.join(bin, "postgres"));
  // Whole seconds: the runtimes differ in how finely they read a file's time.
  const seconds = Math.floor(mtime.getTime() / 1_000);
  const build = createHash("sha256").update(`${bin} ${seconds} ${size}`).digest("hex").slice(0, 12);
  const own = process.getuid?.() ?? 0;
  const template = path.join(temporaryDirectory(), `migrator-data-${major}-${build}-${own}`);
  if (!await isThere(template)) await makeTemplate(bin, template);
  // The name is easy to guess: a server must never start on what somebody else put there.
  if ((await fs.lstat(template)).uid !== own) {
    throw new Error(`${template} belongs to somebody else: remove it, or set TMPDIR`);
  }
  return template;
}

/** Other processes may do the same at the same time: the last step is a rename, the first one wins. */
async function makeTemplate(bin: string, template: string): Promise<void> {
  const draft = await fs.mkdtemp(`${template}-`);
  const data = path.join(draft, "data");
  const user = serverUser();
  try {
    if (user !== undefined) await fs.chown(draft, user.uid, user.gid);
    await initialise(path.join(bin, "initdb"), data);
    if (user !== undefined) await run("chown", ["-R", String(process.getuid?.()), data]);
    await run("chmod", ["-R", "a+rX", data]);
    await fs.rename(data, template);
  } catch (error) {
    if (!await isThere(template)) throw error;
  } finally {
    await fs.rm(draft, { recursive: true, force: true });
  }
}

async function initialise(initdb: string, data: string): Promise<void> {
  const args = ["-D", data, "--no-sync", "-U", "postgres", "-A", "trust", "-E", "UTF8"];
  try {
    await runAsServerUser(initdb, ...args, "--locale=C.UTF-8");
  } catch {
    // Not every system has that locale; initdb has removed what it made.
    await runAsServerUser(initdb, ...args, "--no-locale");
  }
}

async function run(
  program: string,
  args: readonly string[],
  user: { readonly uid?: number; readonly gid?: number } = {},
): Promise<void> {
  const child = spawn(program, [...args], {
    cwd: "/",
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  let printed = "";
  child.stdout.on("data", (chunk) => printed += String(chunk));
  child.stderr.on("data", (chunk) => printed += String(chunk));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed (${status}): ${printed}`);
}

async function isThere(file: string): Promise<boolean> {
  return await fs.lstat(file).then(() => true, () => false);
}
