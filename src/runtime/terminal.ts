/**
 * The streams of this process, and the terminal behind them.
 *
 * @module
 */

import process from "node:process";
import { wasClosedAtStart } from "./closed_at_start.ts";

/**
 * True when both streams are terminals, unless the environment asks for plain text (NO_COLOR,
 * TERM=dumb, CLICOLOR=0) or for colours (CLICOLOR_FORCE, FORCE_COLOR). Plain text wins.
 */
export function wantsColour(environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment["NO_COLOR"] || environment["CLICOLOR"] === "0") return false;
  const forced = environment["CLICOLOR_FORCE"] || environment["FORCE_COLOR"] || "0";
  if (!/^(0|false)$/.test(forced)) return true;
  if (environment["TERM"] === "dumb") return false;
  return process.stderr.isTTY === true && process.stdout.isTTY === true;
}

/** Whether standard output is a terminal. */
export function isScreen(): boolean {
  return process.stdout.isTTY === true;
}

/** Columns of the terminal; 80 when there is none. */
export function columns(): number {
  return process.stdout.columns || 80;
}

/** Columns in which a line can be redrawn, at most 80; undefined where it cannot be. */
export function liveColumns(
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (process.stderr.isTTY !== true || environment["TERM"] === "dumb") return undefined;
  return Math.min(80, process.stderr.columns || 80);
}

/** Rows of the terminal; 24 when unknown. */
export function liveRows(): number {
  return process.stderr.rows || 24;
}

/** Text to write, or a function that formats it when it is written. */
export type Text = string | (() => string);

type StreamName = "stdout" | "stderr";

/** Texts that are not written yet, in order. */
let waiting: { stream: StreamName; texts: Text[] }[] = [];
let isScheduled = false;

/** Settles when the operating system has accepted or refused the newest write to a stream. */
const taken = new Map<StreamName, Promise<void>>();

/** Streams that accept no more writes, with their errors. */
const broken = new Map<StreamName, Error>();

/** Writes to standard output, in order with writes to standard error. */
export function writeOut(text: Text): void {
  write("stdout", text);
}

/** Writes to standard error, in order with writes to standard output. */
export function writeError(text: Text): void {
  write("stderr", text);
}

/** Writes in a later turn of the event loop, so that a server never waits for a terminal. */
function write(stream: StreamName, text: Text): void {
  const last = waiting.at(-1);
  if (last?.stream === stream) last.texts.push(text);
  else waiting.push({ stream, texts: [text] });
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(writeWaiting);
}

function writeWaiting(): void {
  const writes = waiting;
  waiting = [];
  isScheduled = false;
  for (const { stream, texts } of writes) {
    if (broken.has(stream)) continue;
    const text = texts.map((text) => typeof text === "string" ? text : text()).join("");
    if (text === "") continue;
    let done = () => {};
    const promise = new Promise<void>((resolve) => done = resolve);
    try {
      process[stream].write(text, () => done());
      taken.set(stream, promise);
    } catch (error) {
      // Deno throws where Bun and Node emit `error`.
      broken.set(stream, error as Error);
    }
  }
}

/**
 * Keeps the process running when the reader of a pipe ends (`| head`) or the disk behind a file is
 * full: a run must not stop half-way because its output goes nowhere.
 */
export function outliveReaders(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].on("error", (error: Error) => broken.set(stream, error));
  }
}

/**
 * Resolves when the operating system has accepted everything written so far.
 *
 * @returns Why some of it was not written; a reader that closed its pipe is not an error.
 */
export async function flush(): Promise<string | undefined> {
  writeWaiting();
  // Wait for each write: Bun calls back for an empty write while full ones before it still wait.
  await Promise.all(taken.values());
  // Bun emits an error only after the callback.
  await new Promise((resolve) => setImmediate(resolve));
  const reasons = [...broken].filter(([, error]) => !isReaderGone(error));
  const lines = reasons.map(([stream, { message }]) => `${stream}: ${message}`);
  if (taken.has("stdout") && wasClosedAtStart(1)) lines.push("stdout: it is closed");
  return lines.join(", ") || undefined;
}

function isReaderGone(error: Error & { readonly code?: string }): boolean {
  return error.code === "EPIPE" || /EPIPE|Broken pipe/.test(error.message);
}
