/**
 * Runs a command and writes to its standard input.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { Buffer } from "node:buffer";

/** How a command ended. */
export interface CommandEnd {
  /** Undefined when it was ended by a signal, or never began. */
  readonly status: number | undefined;
  /** Why not, in words: `exit status 3`, `SIGKILL`, `No such file or directory`. */
  readonly says: string;
}

/** A command that runs. */
export interface RunningCommand {
  /** Resolves when there is room for more; at once after the command has ended. */
  write(text: string): Promise<void>;
  /** Ends its input, and waits for its end. */
  finish(): Promise<CommandEnd>;
  /** Ends it, unless it has ended. */
  kill(): void;
}

/**
 * Starts a program with these words, without a shell, in this environment. What it prints is dropped.
 *
 * @param onError Is told each line of its standard error.
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
