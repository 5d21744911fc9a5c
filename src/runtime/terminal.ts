/**
 * The streams of this process, and the terminal behind them.
 *
 * @module
 */

import process from "node:process";

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

/** Columns of the terminal, 80 where there is none. */
export function columns(): number {
  return process.stdout.columns || 80;
}

/** Columns in which a line can be drawn over, at most 80; undefined where it cannot. */
export function liveColumns(
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (process.stderr.isTTY !== true || environment["TERM"] === "dumb") return undefined;
  return Math.min(80, process.stderr.columns || 80);
}

/** Rows of the terminal, 24 where nobody knows. */
export function liveRows(): number {
  return process.stderr.rows || 24;
}

/** What is to be written, or how to word it when its turn comes. */
export type Text = string | (() => string);

type StreamName = "stdout" | "stderr";

/** What is not yet written, in order. */
let waiting: { stream: StreamName; texts: Text[] }[] = [];
let isScheduled = false;

/** When the newest write to a stream has been taken by the operating system, or refused by it. */
const taken = new Map<StreamName, Promise<void>>();

/** Streams that take no more, and why. */
const broken = new Map<StreamName, Error>();

/** Writes to standard output, in turn with what goes to standard error. */
export function writeOut(text: Text): void {
  write("stdout", text);
}

/** Writes to standard error, in turn with what goes to standard output. */
export function writeError(text: Text): void {
  write("stderr", text);
}

/** Written once the work at hand has been sent off: a server should not wait for a terminal. */
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
      // Deno throws where Bun and Node emit.
      broken.set(stream, error as Error);
    }
  }
}

/**
 * Goes on when the reader of a pipe has gone (`| head`), or the disk behind a file is full: a run that
 * is under way must not end half-way because its lines go nowhere any more.
 */
export function outliveReaders(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].on("error", (error: Error) => broken.set(stream, error));
  }
}

/**
 * Resolves when everything written so far has been handed to the operating system.
 *
 * @returns Why some of it was not; a reader that went is no reason.
 */
export async function flush(): Promise<string | undefined> {
  writeWaiting();
  // Each by its own: Bun calls back for an empty write while the full ones before it still wait.
  await Promise.all(taken.values());
  // Bun tells of an error only after it has called back.
  await new Promise((resolve) => setImmediate(resolve));
  const reasons = [...broken].filter(([, error]) => !isReaderGone(error));
  return reasons.map(([stream, { message }]) => `${stream}: ${message}`).join(", ") || undefined;
}

function isReaderGone(error: Error & { readonly code?: string }): boolean {
  return error.code === "EPIPE" || /EPIPE|Broken pipe/.test(error.message);
}
