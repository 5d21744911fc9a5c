/**
 * Throw-away PostgreSQL servers.
 *
 * A server never outlives the process that started it: a watchdog, a process of its own, waits at the
 * end of a pipe whose other end only we hold. However we end, kill -9 included, the pipe closes, and
 * the watchdog stops the server and removes its files.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as net from "node:net";
import * as path from "node:path";
import process from "node:process";
import postgres from "postgres";
import { copyDataDirectory, createDataDirectory, runAsServerUser } from "./data_directory.ts";
import { binDirectory, type Major, serverUser, temporaryDirectory } from "./server_binaries.ts";

export { type Major, majors, newest, supported } from "./server_binaries.ts";

/** One row, values as postgres.js gives them: int8 and numeric as text, int4 as number. */
export type TestRow = Record<string, unknown>;

/** Where a server listens: all that another process needs to use it. */
export interface Coordinates {
  readonly major: Major;
  /** 127.0.0.1, or the directory of the Unix socket when TCP is off. */
  readonly host: string;
  readonly port: number;
  /** A superuser, let in without a password. */
  readonly user: string;
  /** Where the Unix socket `.s.PGSQL.<port>` is. */
  readonly socketDirectory: string;
  /** The data directory: its `pg_hba.conf` may be edited, its `postmaster.pid` read. */
  readonly dataDirectory: string;
}

/** A server whose databases a test may use, but which it may not stop: others use it too. */
export interface Server extends Coordinates {
  /** A URL with that database (default `postgres`). */
  url(database?: string): string;
  /** Makes a new, empty database and gives its name. Nobody needs to drop it. */
  createDatabase(encoding?: string): Promise<string>;
  /** The same as `url(name)`. */
  databaseUrl(name: string): string;
  /** Runs one or several statements in a connection of their own; the rows of the last one. */
  sql(database: string, text: string): Promise<TestRow[]>;
}

/** A server of one's own. */
export interface Cluster extends Server {
  /** `fast` ends sessions politely, `immediate` is a crash: recovery follows at the next start. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** Starts it again at the same port, and waits until it takes connections. */
  start(): Promise<void>;
  /** What the server has logged so far. */
  log(): Promise<string>;
  /** Stops the server at once and removes everything. Happens by itself when the process ends. */
  dispose(): Promise<void>;
}

/** What a cluster may be asked for. */
export interface ClusterOptions {
  readonly major: Major;
  /** As in postgresql.conf: `{ max_connections: "20" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False listens on the Unix socket only. Default true. */
  readonly tcp?: boolean;
  /** Follows this one, which must be stopped while it is copied. */
  readonly standbyOf?: Coordinates;
}

/** Safe here, because the files never outlive a crash of the machine; commits stay synchronous. */
const SETTINGS = {
  fsync: "off",
  full_page_writes: "off",
  max_connections: "100",
  log_min_messages: "warning",
  timezone: "UTC",
};

/** Nobody waits for the files to go: after hundreds of databases that takes half a minute. */
const WATCHDOG = `
read -r line
"$1/pg_ctl" -D "$2/data" -m immediate -w stop
mv "$2" "$2.gone"
rm -rf "$2.gone" &
`;

/** Starts a server and waits until it takes connections. Well under a second. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const bin = binDirectory(options.major);
  const home = await fs.mkdtemp(path.join(temporaryDirectory(), "migrator-cluster-"));
  const user = serverUser();
  if (user !== undefined) await fs.chown(home, user.uid, user.gid);
  const data = path.join(home, "data");
  const log = path.join(home, "log");
  const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "sh", bin, home], {
    cwd: "/",
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
    ...user,
  });
  watchdogs.add(watchdog);
  watchdog.unref();

  const control = (...args: string[]) =>
    runAsServerUser(path.join(bin, "pg_ctl"), "-D", data, "-w", ...args);
  const readLog = () => fs.readFile(log, "utf8");
  const start = async () => {
    try {
      await control("-l", log, "-t", "60", "start");
    } catch (error) {
      throw new Error(`${String(error)}\n${await readLog().catch(() => "")}`);
    }
  };
  const dispose = async () => {
    if (!watchdogs.delete(watchdog)) return;
    const gone = once(watchdog, "exit");
    watchdog.ref();
    watchdog.stdin?.end();
    await gone;
  };

  try {
    if (options.standbyOf === undefined) await createDataDirectory(options.major, data);
    else await copyPrimary(options.standbyOf, data);
    for (let attempt = 1;; attempt++) {
      const port = await freePort();
      const tcp = options.tcp ?? true;
      await configure(data, {
        ...SETTINGS,
        ...options.settings,
        ...following(options.standbyOf),
        listen_addresses: tcp ? "127.0.0.1" : "",
        port: String(port),
        unix_socket_directories: home,
      });
      try {
        await start();
      } catch (error) {
        // Another process took the port since we looked.
        if (attempt < 5 && /Address already in use/.test(String(error))) continue;
        throw error;
      }
      const server = connectTo({
        major: options.major,
        host: tcp ? "127.0.0.1" : home,
        port,
        user: "postgres",
        socketDirectory: home,
        dataDirectory: data,
      });
      const stop = (mode: "fast" | "immediate" = "fast") => control("-m", mode, "stop");
      return { ...server, start, stop, log: readLog, dispose };
    }
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * Stands in every URL that tests are given, although the servers ask for none: `runMigrator` fails when
 * it is printed, whatever the test was about.
 */
export const PASSWORD = "suite-c4n4ry";

/** A server that is running already. */
export function connectTo(coordinates: Coordinates): Server {
  const { host, port, user, socketDirectory } = coordinates;
  const url = (database = "postgres") =>
    host.startsWith("/")
      ? `postgres://${user}@/${database}?host=${
        encodeURIComponent(host)
      }&port=${port}&password=${PASSWORD}`
      : `postgres://${user}@${host}:${port}/${database}?password=${PASSWORD}`;
  const sql = async (database: string, text: string) => {
    const client = postgres({
      ...(host.startsWith("/") ? { path: `${socketDirectory}/.s.PGSQL.${port}` } : { host, port }),
      user,
      database,
      max: 1,
      fetch_types: false,
      prepare: false,
      onnotice: () => {},
    });
    try {
      const answer: unknown[] = await client.unsafe(text);
      // Several statements answer with a list of results, one with its rows.
      const last = answer.at(-1);
      return (Array.isArray(last) ? [...last] : [...answer]) as TestRow[];
    } finally {
      await client.end();
    }
  };
  const createDatabase = async (encoding?: string) => {
    const name = `t_${process.pid}_${++databases}_${Math.random().toString(36).slice(2, 8)}`;
    const settings = encoding ? `ENCODING '${encoding}' LOCALE 'C'` : "";
    await sql(
      "postgres",
      `CREATE DATABASE ${name} TEMPLATE template0 ${settings} ${copyStrategy(coordinates)}`,
    );
    return name;
  };
  return { ...coordinates, url, databaseUrl: url, sql, createDatabase };
}

/** The option of CREATE DATABASE that copies files; writing all of it to the WAL takes twice as long. */
export function copyStrategy({ major }: { readonly major: Major }): string {
  return major >= 15 ? "STRATEGY file_copy" : "";
}

/** The variable by which `tools/test.ts` hands its server to the processes that run tests. */
export function coordinatesVariable(major: Major): string {
  return `MIGRATOR_TEST_CLUSTER_${major}`;
}

/** The server that all test files of a run share; started for this process alone when there is none. */
export function sharedCluster(major: Major): Promise<Server> {
  const given = process.env[coordinatesVariable(major)];
  if (given) return Promise.resolve(connectTo(JSON.parse(given) as Coordinates));
  let server = started.get(major);
  if (server === undefined) started.set(major, server = startCluster({ major }));
  return server;
}

const started = new Map<Major, Promise<Server>>();
/** Held, so that no garbage collector closes a pipe. */
const watchdogs = new Set<ChildProcess>();
let databases = 0;

async function copyPrimary({ dataDirectory }: Coordinates, data: string): Promise<void> {
  await copyDataDirectory(dataDirectory, data);
  await fs.writeFile(path.join(data, "standby.signal"), "");
}

function following(primary: Coordinates | undefined): Record<string, string> {
  if (primary === undefined) return {};
  const { host, port, user } = primary;
  return { primary_conninfo: `host=${host} port=${port} user=${user}`, hot_standby: "on" };
}

async function configure(data: string, settings: Record<string, string>): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) =>
    `${name} = '${value.replaceAll("'", "''")}'\n`
  );
  await fs.writeFile(path.join(data, "postgresql.conf"), lines.join(""));
}

/** Below the range that systems give to outgoing connections: it stays free while we are stopped. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const probe = net.createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}
