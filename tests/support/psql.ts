/**
 * psql, to see what libpq makes of a connection string.
 *
 * It is the machine's own psql, with the libpq of the newest PostgreSQL that tests bring where that can
 * be loaded: a distribution's may be years older, and knows fewer parameters.
 *
 * @module
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { withOnly } from "./only_environment.ts";
import { binDirectory } from "./server_binaries.ts";

/** The program, or undefined where there is none. Debian's `psql` is a script that looks for it. */
export const psql: string | undefined = [
  process.env["MIGRATOR_TEST_PSQL"],
  ...debianPrograms(),
  ...(process.env["PATH"] ?? "").split(":").map((directory) => `${directory}/psql`),
].find((file) => file && fs.existsSync(file));

/** What it said. */
export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Parameters by the major of libpq that brought them, the newest first. */
const NEWS: readonly (readonly [major: number, parameter: string])[] = [
  [19, "servicefile"],
  [18, "max_protocol_version"],
  [17, "sslnegotiation"],
  [16, "require_auth"],
  [14, "sslsni"],
];

/** The major of the libpq that psql uses; 13 stands for all before 14. */
export function libpqMajor(): number {
  for (const [major, parameter] of NEWS) {
    const words = [psql ?? "psql", "-d", `host=/ ${parameter}=x`] as const;
    const { stderr } = spawnSync(...withOnly(environment({}), words), { encoding: "utf8" });
    if (!/invalid connection option/.test(stderr)) return major;
  }
  return 13;
}

/**
 * Runs one statement and gives what was printed.
 *
 * @param string Where to connect; left out, only the environment says it.
 * @param options.env All that it finds in the environment.
 */
export async function askPsql(
  string: string | undefined,
  { sql, env }: { readonly sql: string; readonly env: Readonly<Record<string, string>> },
): Promise<Said> {
  const where = string === undefined ? [] : ["-d", string];
  const child = spawn(psql ?? "psql", ["-X", "-w", "-A", "-t", "-q", ...where, "-c", sql], {
    cwd: "/",
    env: environment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => stdout += String(chunk));
  child.stderr.on("data", (chunk) => stderr += String(chunk));
  const [status] = await once(child, "close");
  return { status: status as number | null, stdout, stderr };
}

function environment(env: Readonly<Record<string, string>>): Record<string, string> {
  const library = path.join(binDirectory(18), "..", "lib");
  const newest = fs.existsSync(path.join(library, "libpq.so.5"));
  return {
    LC_ALL: "C.UTF-8",
    ...(newest ? { LD_LIBRARY_PATH: library } : {}),
    ...env,
  };
}

function debianPrograms(): string[] {
  const root = "/usr/lib/postgresql";
  if (!fs.existsSync(root)) return [];
  return fs.readdirSync(root).sort((a, b) => Number(b) - Number(a))
    .map((major) => path.join(root, major, "bin", "psql"));
}
