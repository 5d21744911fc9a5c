/**
 * The streams of this process and what stands behind them.
 *
 * @module
 */

import process from "node:process";
import { styleText } from "node:util";

/** True when standard error is a terminal and nobody asked for plain text (NO_COLOR, TERM=dumb). */
export function wantsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment["NO_COLOR"]) return false;
  if (environment["TERM"] === "dumb") return false;
  return process.stderr.isTTY === true && process.stdout.isTTY === true;
}

/** Colours a text, whether or not the stream is a terminal. */
export function coloured(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { validateStream: false });
}

/** Columns of the terminal, 80 where there is none. */
export function columns(): number {
  return process.stdout.columns || 80;
}

type StreamName = "stdout" | "stderr";

/** What is not yet written, in order. */
let waiting: { stream: StreamName; text: string }[] = [];
let isScheduled = false;

/** Writes to standard output, in turn with what goes to standard error. */
export function writeOut(text: string): void {
  write("stdout", text);
}

/** Writes to standard error, in turn with what goes to standard output. */
export function writeError(text: string): void {
  write("stderr", text);
}

/** Written once the work at hand has been sent off: a server should not wait for a terminal. */
function write(stream: StreamName, text: string): void {
  const last = waiting.at(-1);
  if (last?.stream === stream) last.text += text;
  else waiting.push({ stream, text });
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(writeWaiting);
}

function writeWaiting(): void {
  const writes = waiting;
  waiting = [];
  isScheduled = false;
  for (const { stream, text } of writes) process[stream].write(text);
}

/**
 * Goes on when the reader of a pipe has gone (`| head`): a run that is under way must not end half-way
 * because nobody reads its lines any more.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: Error & { code?: string }) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

/** Resolves when everything written so far has been handed to the operating system. */
export async function flush(): Promise<void> {
  writeWaiting();
  for (const stream of [process.stdout, process.stderr]) {
    await new Promise<void>((resolve) => stream.write("", () => resolve()));
  }
}
