/**
 * This process: who runs it, on what, and how it is told to stop.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import * as os from "node:os";
import process from "node:process";

/** Facts that are kept with each attempt. */
export interface Identity {
  readonly who: string;
  readonly host: string;
  readonly pid: number;
}

/** The operating system's names; a container's nameless user is told by its number. */
export function identity(): Identity {
  return {
    who: userName() ?? `uid ${process.getuid?.() ?? "unknown"}`,
    host: os.hostname(),
    pid: process.pid,
  };
}

/** The name of the operating system's user, if it has one. */
export function userName(): string | undefined {
  const uid = process.getuid?.();
  if (uid === undefined) return os.userInfo().username;
  // Bun takes $USER for the answer, and "unknown" where there is none, as in most containers.
  return readUsers().find((fields) => fields[2] === String(uid))?.[0] ?? nameOfSystem();
}

/** Users that are kept elsewhere, such as in LDAP. */
function nameOfSystem(): string | undefined {
  try {
    const { username } = os.userInfo();
    return username === "unknown" ? undefined : username;
  } catch {
    return undefined;
  }
}

function readUsers(): readonly (readonly string[])[] {
  try {
    return readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  } catch {
    return [];
  }
}

/** The home directory, if there is one. */
export function homeDirectory(): string | undefined {
  return process.env["HOME"] || os.homedir() || undefined;
}

/** `deno 2.9.6`, `bun 1.4.5` or `node 24.0.0`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions as Record<string, string | undefined>;
  return deno ? `deno ${deno}` : bun ? `bun ${bun}` : `node ${node ?? "unknown"}`;
}

/** `linux-x64`. */
export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** A request to stop, from the terminal or from whoever runs this process. */
export type StopSignal = "SIGINT" | "SIGTERM";

/**
 * Calls back for each SIGINT and SIGTERM instead of dying of it.
 *
 * @returns Gives the signals their usual meaning back.
 */
export function onStopSignal(callback: (signal: StopSignal) => void): () => void {
  const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
    const listener = () => callback(signal);
    process.on(signal, listener);
    return () => process.removeListener(signal, listener);
  });
  return () => listeners.forEach((remove) => remove());
}
