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
  /** There is no such program, or no such working directory. */
  readonly isMissing: boolean;
}

/** More than this from its standard output ends it. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Runs a program without a shell. Never throws.
 *
 * @param options.stdin Written to its standard input, which is then closed. Default: empty.
 */
export async function runProgram(
  [program = "", ...words]: readonly string[],
  { cwd, signal, stdin = "" }: {
    readonly cwd: string;
    readonly signal: AbortSignal;
    readonly stdin?: string;
  },
): Promise<ProgramEnd> {
  return await new Promise((resolve) => {
    const child = execFile(
      program,
      words,
      { cwd, signal, encoding: "buffer", maxBuffer: MOST_BYTES },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === "number" ? error.code : undefined;
        const isMissing = error?.code === "ENOENT";
        resolve({ status, stdout, stderr: String(stderr) || (error?.message ?? ""), isMissing });
      },
    );
    // It may end without having read its input.
    child.stdin?.on("error", () => {});
    child.stdin?.end(stdin);
  });
}
