/**
 * Runs a program on the terminal and streams of this process.
 *
 * @module
 */

import { spawn } from "node:child_process";
import * as os from "node:os";
import process from "node:process";

/**
 * Runs it without a shell. When the signal is aborted it is sent SIGTERM, and its end is awaited.
 *
 * @returns Its exit status; 128 and the number of the signal that ended it, as shells give it.
 * @throws {Error} It did not start.
 */
export async function runAttached(
  [program = "", ...words]: readonly string[],
  { environment, signal }: {
    /** Beside the variables of this process. */
    readonly environment: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const child = spawn(program, words, {
    stdio: "inherit",
    env: { ...process.env, ...environment },
  });
  const stop = () => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once(
        "exit",
        (status, ended) => resolve(status ?? 128 + (os.constants.signals[ended ?? "SIGTERM"] ?? 0)),
      );
    });
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
