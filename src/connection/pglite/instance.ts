/**
 * PostgreSQL in this process: one engine for each data directory, shared by all who ask for it.
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
 * As a server would be: PGlite lets anybody change system tables and leaves `$user` out of the search
 * path. The progress timer of its start would keep this process alive for ever.
 */
const SETTINGS = [
  'search_path="$user", public',
  "allow_system_table_mods=off",
  "log_startup_progress_interval=0",
  "shared_buffers=16MB",
];

/** Opening a directory takes a third of a second: who comes back soon finds it open. */
const LINGER = 500;

/** What is done with an engine that is not needed or cannot be used any more. */
interface End {
  /** Ends it politely. */
  close(): Promise<void>;
  /** Lets go of it without a word, because it broke. */
  abandon(): void;
}

/** An engine. Whoever uses it takes turns: see `PgliteSession`. */
export class PgliteInstance {
  /** The end of the queue for the engine. */
  turn: Promise<void> = Promise.resolve();
  /** Why it cannot be used any more. */
  broken: Error | undefined;
  #users = 0;
  #lingering: ReturnType<typeof setTimeout> | undefined;

  /** @param end Undefined for an engine that lives as long as the process. */
  constructor(private readonly pg: PGlite, private readonly end: End | undefined) {}

  /**
   * Runs one message.
   *
   * @throws When the engine itself broke. Its memory cannot be trusted from then on.
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

  /** Counts a user in. */
  enter(): void {
    clearTimeout(this.#lingering);
    this.#users++;
  }

  /** Counts a user out. */
  leave(): void {
    this.#users--;
    const { end } = this;
    if (this.#users > 0 || this.broken || end === undefined) return;
    this.#lingering = setTimeout(() => void end.close(), LINGER);
    // A process that ends before is like one that is killed: the next start recovers from the WAL.
    this.#lingering.unref();
  }
}

const instances = new Map<string | undefined, Promise<PgliteInstance>>();
const closing = new Map<string | undefined, Promise<void>>();

/**
 * The engine of a data directory, or the one in memory; made when it is not there.
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

/** An engine in memory that nobody else comes by. */
export interface PrivateInstance {
  readonly instance: PgliteInstance;
  /** The engine itself, for drivers that take one. */
  readonly client: Pick<PGlite, "query" | "exec">;
  /** All of its data, for others to start with. Nobody may use it meanwhile. */
  image(): Promise<Blob>;
  close(): Promise<void>;
}

/**
 * Starts one, empty or as another one was.
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

/** Makes a data directory where there is none, and looks at the one that there is. */
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

/** Gives the operating system's refusals a code and a hint. */
async function whileOpening<T>(directory: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unusable(directory, (error as Error).message);
  }
}

/** One name for one directory, whatever links lead to it. */
async function resolvePath(directory: string): Promise<string> {
  const absolute = path.resolve(directory);
  return await fs.realpath(absolute).catch(() => absolute);
}
