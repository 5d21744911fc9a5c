/**
 * PgBouncer in front of a throw-away server, where the machine has it (Debian's package `pgbouncer`, or
 * the program that MIGRATOR_TEST_PGBOUNCER names).
 *
 * Like a server it never outlives the process that started it.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import process from "node:process";
import type { Server } from "./cluster.ts";
import { serverUser, temporaryDirectory } from "./server_binaries.ts";

/** The program, or undefined where there is none. */
export const pgbouncer: string | undefined = [
  process.env["MIGRATOR_TEST_PGBOUNCER"],
  "/usr/sbin/pgbouncer",
  "/usr/bin/pgbouncer",
  "/opt/homebrew/bin/pgbouncer",
].find((file) => file && fs.existsSync(file));

/** One that runs. */
export interface Pooler {
  /** The URL of a database behind it, for the server's superuser. */
  url(database: string): string;
  /** Ends it at once, and with it every connection through it. */
  dispose(): Promise<void>;
}

/** What it is asked for: settings as in pgbouncer.ini. */
export type PoolerSettings = Readonly<Record<string, string | number>>;

const SETTINGS: PoolerSettings = {
  auth_type: "any",
  listen_addr: "127.0.0.1",
  unix_socket_dir: "",
  max_client_conn: 200,
  logfile: "",
};

/** It ends with the pipe that only we hold. */
const WATCHDOG = `
"$1" -q "$2/pgbouncer.ini" > "$2/log" 2>&1 &
read -r line
kill -9 $!
rm -rf "$2"
`;

/** Starts one and waits until it takes connections. */
export async function startPooler(server: Server, settings: PoolerSettings): Promise<Pooler> {
  if (pgbouncer === undefined) throw new Error("There is no pgbouncer on this machine");
  const user = serverUser();
  for (let attempt = 1;; attempt++) {
    const home = fs.mkdtempSync(path.join(temporaryDirectory(), "migrator-pooler-"));
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const lines = Object.entries({ ...SETTINGS, ...settings, listen_port: port })
      .map(([name, value]) => `${name} = ${value}`);
    const settingsFile = path.join(home, "pgbouncer.ini");
    fs.writeFileSync(
      settingsFile,
      `[databases]\n* = host=${server.host} port=${server.port} user=${server.user}\n` +
        `[pgbouncer]\n${lines.join("\n")}\n`,
    );
    // Whatever the umask is, its user can read it.
    if (user !== undefined) {
      for (const file of [home, settingsFile]) fs.chownSync(file, user.uid, user.gid);
    }
    const watchdog = spawn("/bin/sh", ["-c", WATCHDOG, "sh", pgbouncer, home], {
      cwd: "/",
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      ...user,
    });
    watchdogs.add(watchdog);
    watchdog.unref();
    const dispose = async () => {
      if (!watchdogs.delete(watchdog)) return;
      const gone = once(watchdog, "exit");
      watchdog.ref();
      watchdog.stdin?.end();
      await gone;
    };
    const log = () => fs.readFileSync(path.join(home, "log"), "utf8");
    if (await listens(port)) {
      return {
        url: (database) => `postgres://${server.user}@127.0.0.1:${port}/${database}`,
        dispose,
      };
    }
    const said = fs.existsSync(path.join(home, "log")) ? log() : "";
    await dispose();
    // Another process took the port.
    if (attempt === 3) throw new Error(`pgbouncer did not start: ${said}`);
  }
}

/** Held, so that no garbage collector closes a pipe. */
const watchdogs = new Set<ChildProcess>();

async function listens(port: number): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = net.connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}
