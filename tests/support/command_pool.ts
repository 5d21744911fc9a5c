/**
 * Processes that run commands one after the other. Starting the runtime and loading the program takes
 * longer than most commands do, so a test that only wants a command's output borrows a process that
 * has done that already.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Request } from "./command_worker.ts";

/** How a command ended, and all that it printed. */
export interface CommandEnd {
  /** Null when a signal ended the process. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const WORKER = fileURLToPath(new URL("./command_worker.ts", import.meta.url));

/** Characters: three digits and the end of the line. */
const LONGEST_STATUS = 4;

/** Those that wait for a command. They end by themselves when this process does: their input ends. */
const idle: ChildProcess[] = [];

/**
 * Runs one command in a process of the pool, which nobody else uses meanwhile.
 *
 * @param runtime The program and arguments that run a module.
 * @param timeout Milliseconds after which the process is killed.
 */
export async function runInPool(
  request: Omit<Request, "mark">,
  { runtime, timeout }: { readonly runtime: readonly string[]; readonly timeout: number },
): Promise<CommandEnd> {
  const worker = takeIdle() ?? startWorker(runtime);
  const mark = `\0${randomUUID()} `;
  const timer = setTimeout(() => worker.kill("SIGKILL"), timeout);
  const outputs = Promise.all([
    readUntil(worker.stdout!, mark),
    readUntil(worker.stderr!, mark),
  ]);
  // A reader of lines takes U+2028 and U+2029 for line ends, too.
  const line = JSON.stringify({ ...request, mark } satisfies Request)
    .replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  worker.stdin!.write(`${line}\n`);
  const [stdout, stderr] = await outputs;
  clearTimeout(timer);
  const texts = { stdout: stdout.text, stderr: stderr.text };
  if (stdout.status === undefined || stderr.status === undefined) {
    if (isAlive(worker)) await once(worker, "exit");
    return { status: worker.exitCode, signal: worker.signalCode, ...texts };
  }
  idle.push(worker);
  return { status: stdout.status, signal: null, ...texts };
}

/** One that has not died since its last command, of what that left behind. */
function takeIdle(): ChildProcess | undefined {
  for (let worker = idle.pop(); worker !== undefined; worker = idle.pop()) {
    if (isAlive(worker)) return worker;
  }
  return undefined;
}

function isAlive(worker: ChildProcess): boolean {
  return worker.exitCode === null && worker.signalCode === null;
}

function startWorker([program = "", ...args]: readonly string[]): ChildProcess {
  const worker = spawn(program, [...args, WORKER], { stdio: ["pipe", "pipe", "pipe"] });
  // It may have died with a request half written: what it printed says why.
  worker.stdin.on("error", () => {});
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding("utf8");
  return worker;
}

/** Text up to the mark, and the status behind it; without a status when the stream ends before. */
function readUntil(
  stream: NodeJS.ReadableStream,
  mark: string,
): Promise<{ readonly text: string; readonly status?: number }> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (end: { readonly text: string; readonly status?: number }) => {
      stream.off("data", take).off("close", close);
      resolve(end);
    };
    const take = (chunk: string) => {
      text += chunk;
      if (!text.endsWith("\n")) return;
      const at = text.indexOf(mark, text.length - mark.length - LONGEST_STATUS);
      if (at < 0) return;
      finish({ text: text.slice(0, at), status: Number(text.slice(at + mark.length)) });
    };
    const close = () => finish({ text });
    stream.on("data", take).on("close", close);
  });
}
