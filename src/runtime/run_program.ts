/**
 * Runs a program to its end and keeps what it prints.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { Buffer } from "node:buffer";

/** How it ended. */
export interface ProgramEnd {
  /** The exit status; undefined when it did not start or a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: Buffer;
  /** Standard error, else why it did not start. */
  readonly stderr: string;
}

/** More than this from its standard output ends it. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Runs a program without a shell. Never throws. */
export async function runProgram(
  [program = "", ...words]: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<ProgramEnd> {
  return await new Promise((resolve) => {
    execFile(
      program,
      words,
      { cwd, signal, encoding: "buffer", maxBuffer: MOST_BYTES },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
        resolve({ status, stdout, stderr: String(stderr) || (error?.message ?? "") });
      },
    );
  });
}
