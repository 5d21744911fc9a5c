/**
 * Locks a data directory of embedded PostgreSQL: a second process would destroy it.
 *
 * A file beside the directory names the process that uses it. Another process that finds the file checks
 * whether that process still runs, and takes over if not.
 *
 * @module
 */

import * as fs from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { Failure } from "../../failure.ts";

/** The content of the file. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the kernel writes it, because process ids are reused. */
  readonly started: string;
  readonly since: string;
}

/**
 * Takes the lock.
 *
 * @returns A function that releases it.
 * @throws {Failure} `connection/embedded-in-use`, naming the process that holds it.
 */
export function lockDirectory(directory: string): () => void {
  const file = `${directory}.lock`;
  const own = JSON.stringify(
    {
      pid: process.pid,
      host: os.hostname(),
      started: startOf(process.pid) ?? "",
      since: new Date().toISOString(),
    } satisfies Holder,
  );
  while (!createWhole(file, own)) {
    const found = readIfThere(file);
    const holder = found === undefined ? undefined : parseHolder(found);
    if (holder !== undefined && isAlive(holder)) throw inUse(directory, file, holder);
    if (found !== undefined) removeIfSame(file, found);
  }
  const release = () => removeIfSame(file, own);
  process.once("exit", release);
  return () => {
    process.removeListener("exit", release);
    release();
  };
}

/** Uses a link: a file that is created first and written afterwards could be read in between. */
function createWhole(file: string, content: string): boolean {
  const partial = `${file}.${process.pid}`;
  fs.rmSync(partial, { force: true });
  // Exclusive, so that a symbolic link of another user is not followed.
  fs.writeFileSync(partial, content, { mode: 0o600, flag: "wx" });
  try {
    fs.linkSync(partial, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(partial, { force: true });
  }
}

/** Renames it first: between reading and removing, another process may have created its own. */
function removeIfSame(file: string, content: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    fs.renameSync(file, aside);
    if (readIfThere(aside) !== content) fs.linkSync(aside, file);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes(codeOf(error))) throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
}

/** A process on another host cannot be checked, so it counts as running. */
function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== os.hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  const now = startOf(pid);
  return now === undefined ? !hasProc() : started === "" || now === started;
}

/**
 * Linux only: the 22nd field of `stat`, counted behind the name, which may hold spaces. A zombie, which
 * a container without an init may keep for ever, has none.
 */
function startOf(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields === undefined || /^[ZX]/.test(fields[0] ?? "") ? undefined : fields[19];
}

function hasProc(): boolean {
  return startOf(process.pid) !== undefined;
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES"].includes(codeOf(error))) return undefined;
    throw error;
  }
}

function inUse(directory: string, file: string, holder: Holder): Failure {
  const { pid, host, since } = holder;
  return new Failure(
    "connection/embedded-in-use",
    `The embedded database in ${directory} is open in process ${pid} on ${host}, since ${since}. ` +
      "Only one process at a time can have it open.",
    {
      hint: host === os.hostname()
        ? `Wait for it to end, or look what it is: ps -fp ${pid}`
        : `If that host is gone, remove ${file} and run the same command again.`,
      facts: { pid, host, since },
    },
  );
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code);
}
