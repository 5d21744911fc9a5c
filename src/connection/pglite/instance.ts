/**
 * Embedded PostgreSQL: one engine for each data directory, shared by all sessions of this process.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Failure } from "../../failure.ts";
import { lockDirectory } from "./directory_lock.ts";
import { installContrib } from "./contrib.ts";
import { type PgliteReply, queryMessage, readReply } from "./protocol.ts";
import { EMBEDDED_MAJOR, loadTemplate, unpackTemplate } from "./template.ts";

/** The process id that PostgreSQL has in WebAssembly, in every process. */
const WASM_PID = 42;

/**
 * Settings that differ from PGlite's defaults. PGlite allows changes of system tables and leaves `$user`
 * out of the search path, as no server does. Its timer of start-up progress would keep this process running.
 */
const SETTINGS = [
  'search_path="$user", public',
  "allow_system_table_mods=off",
  "log_startup_progress_interval=0",
  "shared_buffers=16MB",
];

/** Milliseconds for which an unused engine stays open, because opening a directory takes 300 ms. */
const LINGER = 500;

/** How an engine ends. */
interface End {
  /** Shuts it down when nothing uses it any more. */
  close(): Promise<void>;
  /** Drops it without a shutdown, because it broke. */
  abandon(): void;
}

/** An engine. Sessions use it one at a time: see `PgliteSession`. */
export class PgliteInstance {
  /** Resolves when the last session in the queue has finished. */
  turn: Promise<void> = Promise.resolve();
  /** The error that broke it; undefined while it works. */
  broken: Error | undefined;
  #users = 0;
  #lingering: ReturnType<typeof setTimeout> | undefined;

  /** @param end Undefined for an engine that lives as long as the process. */
  constructor(private readonly pg: PGlite, private readonly end: End | undefined) {}

  /**
   * Runs one message.
   *
   * @throws When the engine itself broke. Its memory may be corrupt from then on.
   */
  async send(sql: string): Promise<PgliteReply> {
    if (this.broken) throw this.broken;
    try {
      const options = { throwOnError: false, syncToFs: false };
      const pgliteReply = readReply(await this.pg.execProtocolStream(queryMessage(sql), options));
      const { error } = pgliteReply;
      if (error?.severity === "FATAL" || error?.severity === "PANIC") {
        throw new Error(error.message);
      }
      return pgliteReply;
    } catch (error) {
      this.broken = error as Error;
      this.end?.abandon();
      throw error;
    }
  }

  /** A session begins to use it. */
  enter(): void {
    clearTimeout(this.#lingering);
    this.#users++;
  }

  /** A session has ended. */
  leave(): void {
    this.#users--;
    const { end } = this;
    if (this.#users > 0 || this.broken || end === undefined) return;
    this.#lingering = setTimeout(() => void end.close(), LINGER);
    // If the process ends before, the next start recovers from the WAL, as after a kill.
    this.#lingering.unref();
  }
}

const instances = new Map<string | undefined, Promise<PgliteInstance>>();
const closing = new Map<string | undefined, Promise<void>>();

/**
 * Returns the engine of a data directory, or the one in memory. Starts it if it does not run yet.
 *
 * @throws {Failure} `connection/embedded`, `connection/embedded-in-use`.
 */
export async function pgliteInstance(directory: string | undefined): Promise<PgliteInstance> {
  const key = directory === undefined ? undefined : await resolvePath(directory);
  await closing.get(key);
  const existing = instances.get(key);
  if (existing !== undefined) return await existing;
  const opening = key === undefined ? openMemory() : openDirectory(key);
  instances.set(key, opening);
  opening.catch(() => instances.delete(key));
  return await opening;
}

async function openMemory(): Promise<PgliteInstance> {
  return new PgliteInstance(await startMemory(), undefined);
}

async function startMemory(image?: Blob): Promise<PGlite> {
  const loadDataDir = image ??
    new Blob([await loadTemplate() as BlobPart], { type: "application/x-gzip" });
  return await start("memory", { loadDataDir });
}

/** An engine in memory that no other caller shares. */
export interface PrivateInstance {
  readonly instance: PgliteInstance;
  /** The engine itself, for drivers that take one. */
  readonly client: Pick<PGlite, "query" | "exec">;
  /** A copy of its data, with which another engine can start. Nothing may use it meanwhile. */
  image(): Promise<Blob>;
  close(): Promise<void>;
}

/**
 * Starts an engine in memory, empty or with the data of another one.
 *
 * @throws {Failure} `connection/embedded`.
 */
export async function privateInstance(image?: Blob): Promise<PrivateInstance> {
  const pg = await startMemory(image);
  return {
    instance: new PgliteInstance(pg, undefined),
    client: pg,
    async image() {
      await pg.exec("CHECKPOINT");
      return await pg.dumpDataDir("none");
    },
    close: () => pg.close().catch(() => {}),
  };
}

async function openDirectory(directory: string): Promise<PgliteInstance> {
  const unlock = await whileOpening(directory, async () => {
    await fs.mkdir(path.dirname(directory), { recursive: true });
    return lockDirectory(directory);
  });
  try {
    await whileOpening(directory, () => prepare(directory));
    const pg = await start(directory, { dataDir: directory });
    return new PgliteInstance(pg, {
      async close() {
        instances.delete(directory);
        const closed = pg.close().catch(() => {}).finally(unlock);
        closing.set(directory, closed);
        await closed;
        closing.delete(directory);
      },
      abandon() {
        instances.delete(directory);
        unlock();
      },
    });
  } catch (error) {
    unlock();
    throw error;
  }
}

async function start(
  where: string,
  options: { readonly dataDir?: string; readonly loadDataDir?: Blob },
): Promise<PGlite> {
  const log: string[] = [];
  try {
    const pg = await PGlite.create({
      ...options,
      startParams: [
        ...PGlite.defaultStartParams,
        ...SETTINGS.flatMap((setting) => ["-c", setting]),
      ],
      onStderr: (line) => log.push(line) === 0,
    });
    await installContrib(pg);
    return pg;
  } catch (cause) {
    const said = log.findLast((line) => /FATAL|PANIC/.test(line)) ?? (cause as Error).message;
    throw new Failure(
      "connection/embedded",
      `Embedded PostgreSQL in ${where} did not start: ${said}.`,
      {
        hint:
          "If the directory was made by a PostgreSQL server, use that server, or name another one.",
        cause,
      },
    );
  }
}

/** Creates a missing data directory, and checks an existing one. */
async function prepare(directory: string): Promise<void> {
  const names = await fs.readdir(directory).catch((error: { code?: unknown }): string[] => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (names.length === 0) return await unpackTemplate(directory);
  if (!names.includes("PG_VERSION")) {
    throw unusable(directory, "it holds other things than a database");
  }
  const major = (await fs.readFile(path.join(directory, "PG_VERSION"), "utf8")).trim();
  if (major !== EMBEDDED_MAJOR) {
    throw unusable(
      directory,
      `it was made by PostgreSQL ${major}, and the embedded one is ${EMBEDDED_MAJOR}`,
    );
  }
  await fs.access(directory, fs.constants.W_OK);
  if (!names.includes("postmaster.pid")) return;
  const [pid] = (await fs.readFile(path.join(directory, "postmaster.pid"), "utf8")).split("\n");
  if (Math.abs(Number(pid)) !== WASM_PID) {
    throw unusable(
      directory,
      `a PostgreSQL server has it, or had it when it died, as process ${pid}`,
    );
  }
}

function unusable(directory: string, why: string): Failure {
  return new Failure(
    "connection/embedded",
    `Could not use ${directory} for an embedded database: ${why}.`,
    { hint: "Name a directory that does not exist yet: pglite:./another" },
  );
}

/** Turns errors of the operating system into failures with a code and a hint. */
async function whileOpening<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unusable(directory, (error as Error).message);
  }
}

/** Resolves links, so that a directory has one name. */
async function resolvePath(directory: string): Promise<string> {
  const absolute = path.resolve(directory);
  return await fs.realpath(absolute).catch(() => absolute);
}
