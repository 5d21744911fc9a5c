// Pure.
/**
 * Formats the state of the migration lock as lines for people.
 *
 * @module
 */

import { formatTimestamp } from "../../format/elapsed_time.ts";
import { blockerLines } from "../../runner/context/blocker.ts";
import type { LockStatus, RunnerSession } from "../../runner/observe/lock_status.ts";
import type { Style } from "../../report/style.ts";

/**
 * Seconds of silence that a live runner never reaches: it waits at most sixteen between two tries.
 */
const SILENCE = 30;

/** SQL that ends the holder's sessions, or those of an earlier run. migrator never runs it. */
export function terminateCommand({ holder, worker }: LockStatus): string | undefined {
  const pids = [holder, worker].flatMap((session) => session ? [session.pid] : []);
  if (pids.length === 0) return undefined;
  return `SELECT ${pids.map((pid) => `pg_terminate_backend(${pid})`).join(", ")}`;
}

/** Seconds since the client last sent anything on any of its sessions; undefined when unknown. */
export function silenceOf({ holder, worker }: LockStatus): number | undefined {
  const silences = [holder, worker].flatMap((session) => session ? [session.silent] : []);
  const known = silences.filter((silent) => silent !== null);
  return known.length === 0 || known.length < silences.length ? undefined : Math.min(...known);
}

/** Several lines; the first is the state. */
export function lockLines(status: LockStatus, style: Style): readonly string[] {
  const { holder, worker, waiters } = status;
  const end = terminateCommand(status);
  const silent = silenceOf(status);
  const lines = [];
  if (holder === null && worker === null) lines.push(style.good("free"));
  else if (holder === null) {
    lines.push(style.caution("free, but a session of an earlier run is left; up waits for it"));
  } else lines.push(`${style.caution("held")} by ${who(holder)}${since(holder)}`);
  lines.push(...doing(status));
  if (holder !== null && silent !== undefined && silent > SILENCE) {
    lines.push(
      style.bad(`nothing was heard of it for ${silent} s`) +
        ": it was stopped, or its host or network is gone",
    );
  } else if (holder !== null && worker === null && (holder.seconds ?? 0) > SILENCE) {
    lines.push(`${style.bad("it has no session to work with")}: has it come to an end?`);
  }
  if (waiters.length > 0) {
    lines.push(`waiting: ${waiters.length}`, ...waiters.map((one) => `  ${who(one)}${since(one)}`));
  }
  if (end) lines.push(`${style.dim("to end it:")} ${end}`);
  return lines;
}

function doing({ migration, worker, blockers }: LockStatus): readonly string[] {
  const lines = [];
  if (migration) lines.push(`running: ${migration.direction} ${migration.version}`);
  if (worker) {
    const state = worker.state ?? "what it does is hidden from this role";
    const silent = worker.silent ? ` for ${worker.silent} s` : "";
    lines.push(`working in pid ${worker.pid}: ${state}${silent}`);
    if (worker.query) lines.push(`  ${worker.query}`);
  }
  if (blockers.length > 0) {
    lines.push("which waits for", ...blockerLines(blockers).map((line) => `  ${line}`));
  }
  return lines;
}

function who({ pid, application, role, host }: RunnerSession): string {
  const known = [application, role && `role ${role}`, host].filter((word) => word);
  return `pid ${pid} (${known.join(", ")})`;
}

function since({ since, seconds }: RunnerSession): string {
  return since === null ? "" : ` since ${formatTimestamp(since)}, ${seconds ?? 0} s ago`;
}
