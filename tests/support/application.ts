/**
 * Applications that use the library: in this process, with a logger that remembers, and as processes
 * that can be killed.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Logger } from "../../src/library/logger.ts";
import type { JsonRecord } from "../../src/report/json_object.ts";
import type { LogLevel } from "../../src/report/verbosity.ts";
import { cacheHome, denoDirectory } from "./command.ts";

/** One thing that a logger was told. */
export interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: JsonRecord;
}

/** Remembers what it is told. */
export function memory(onLine: (line: Line) => void = () => {}): {
  readonly lines: Line[];
  readonly logger: Logger;
} {
  const lines: Line[] = [];
  const at = (level: LogLevel) => (message: string, fields: JsonRecord) => {
    const line = { level, message, fields };
    lines.push(line);
    onLine(line);
  };
  const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  return { lines, logger };
}

/** An application as a process. */
export interface Started {
  readonly child: ChildProcess;
  /** All that it printed so far. */
  readonly printed: { stdout: string; stderr: string };
  /** The status or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs a module, whose first line imports the library, under the runtime of the tests. */
export function startApplication(
  code: string,
  env: Readonly<Record<string, string>>,
): Started {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-application-"));
  const file = path.join(folder, "main.ts");
  fs.writeFileSync(
    file,
    `import * as migrator from ${JSON.stringify(`${ROOT}mod.ts`)};\n${code}\n`,
  );
  const args = "deno" in process.versions
    ? ["run", "-A", "-q", "--no-check", "--config", `${ROOT}deno.json`, file]
    : ["run", "--no-env-file", file];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      DENO_DIR: denoDirectory(),
      XDG_CACHE_HOME: cacheHome(),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]!.setEncoding("utf8").on("data", (text: string) => printed[stream] += text);
  }
  const ended = new Promise<number | string>((resolve) =>
    child.on("close", (status, signal) => {
      fs.rmSync(folder, { recursive: true, force: true });
      resolve(signal ?? status ?? -1);
    })
  );
  return { child, printed, ended };
}
