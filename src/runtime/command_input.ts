/**
 * Runs a command and writes to its standard input.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";

/** How a command ended. */
export interface CommandEnd {
  /** The exit status; undefined when a signal ended the command or it never started. */
  readonly status: number | undefined;
  /** The outcome as text: `exit status 3`, `SIGKILL`, `No such file or directory`. */
  readonly says: string;
}

/** A running command. */
export interface RunningCommand {
  /** Resolves when the pipe has room for more, or at once after the command has ended. */
  write(text: string): Promise<void>;
  /** Closes its standard input and waits until it ends. */
  finish(): Promise<CommandEnd>;
  /** Kills it if it is still running. */
  kill(): void;
}

/**
 * Starts a program with these arguments, without a shell, in this environment. Its standard output
 * is discarded.
 *
 * @param onError Called with each line of its standard error.
 */
export function startCommand(
  [program = "", ...words]: readonly string[],
  onError: (line: string) => void,
): RunningCommand {
  const child = spawn(program, words, { stdio: ["pipe", "ignore", "pipe"] });
  let isOver = false;
  let isCut = false;
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("error", (error) => {
      isOver = true;
      resolve({ status: undefined, says: error.message });
    });
    child.once("close", (code, signal) => {
      isOver = true;
      if (code === 0 && isCut) {
        return resolve({ status: undefined, says: "it ended before it had read everything" });
      }
      resolve({
        status: code ?? undefined,
        says: signal === null ? `exit status ${code}` : String(signal),
      });
    });
  });
  child.stdin.on("error", () => {
    isCut = true;
  });
  let rest = "";
  child.stderr.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onError);
  });
  child.stderr.once("end", () => rest !== "" && onError(rest));
  return {
    async write(text) {
      if (isOver || child.stdin.destroyed || child.stdin.write(text)) return;
      await Promise.race([
        ended,
        new Promise<void>((resolve) => child.stdin.once("drain", resolve)),
        new Promise<void>((resolve) => child.stdin.once("close", resolve)),
      ]);
    },
    async finish() {
      child.stdin.end();
      return await ended;
    },
    kill() {
      if (!isOver) child.kill("SIGKILL");
    },
  };
}
