/**
 * This process: its user, its runtime, and its stop signals.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import * as os from "node:os";
import process from "node:process";
import { mark } from "./executable.ts";

/** Facts stored with each attempt. */
export interface ProcessIdentity {
  readonly who: string;
  readonly host: string;
  readonly pid: number;
}

/**
 * User and host names from the operating system; a user without a name (in a container) by its
 * number.
 */
export function identity(): ProcessIdentity {
  return {
    who: userName() ?? `uid ${process.getuid?.() ?? "unknown"}`,
    host: os.hostname(),
    pid: process.pid,
  };
}

/** The name of the operating system's user, if it has one. */
export function userName(): string | undefined {
  return passwordEntry()?.[0] ?? nameOfSystem();
}

/** The home directory, if there is one: $HOME, else the operating system's entry for the user. */
export function homeDirectory(): string | undefined {
  return process.env["HOME"] || passwordEntry()?.[5] || undefined;
}

/**
 * The user's line in /etc/passwd. Bun answers from $USER and $HOME instead of asking the system,
 * and with "unknown" and root's home where neither is set, as in most containers.
 */
function passwordEntry(): readonly string[] | undefined {
  const uid = process.getuid?.();
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.map((line) => line.split(":")).find((fields) => fields[2] === String(uid));
  } catch {
    return undefined;
  }
}

/** For users that are stored elsewhere, such as in LDAP. */
function nameOfSystem(): string | undefined {
  try {
    const { username } = os.userInfo();
    return username === "unknown" ? undefined : username;
  } catch {
    return undefined;
  }
}

/** `deno 2.9.6`, `bun 1.4.5` or `node 24.0.0`. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions as Record<string, string | undefined>;
  return deno ? `deno ${deno}` : bun ? `bun ${bun}` : `node ${node ?? "unknown"}`;
}

/** The target of this executable, such as `linux-x64-musl`; from source, such as `linux-x64`. */
export function platformName(): string {
  return mark?.target ?? `${process.platform}-${process.arch}`;
}

/** A request to stop: Ctrl-C, a supervisor's SIGTERM, or the end of the terminal. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/**
 * Calls back for each of these signals instead of ending the process.
 *
 * @returns A function that restores the signals' default effect.
 */
export function onStopSignal(callback: (signal: StopSignal) => void): () => void {
  const listeners = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => {
    const listener = () => callback(signal);
    process.on(signal, listener);
    return () => process.removeListener(signal, listener);
  });
  return () => listeners.forEach((remove) => remove());
}
