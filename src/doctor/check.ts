/**
 * What a check is: something read, and a judgement of it.
 *
 * @module
 */

import { ownRead } from "../connection/own_read.ts";
import type { Pooling, Row, Session } from "../connection/session.ts";
import type { Definition } from "../definition/definition.ts";
import type { Graph } from "../graph/graph.ts";
import type { History, VersionDetails } from "../history/state.ts";
import type { HistoryName } from "../history/store.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Needs } from "./needs.ts";

/** `warn` can wait, and hinders no run by itself; `fail` makes a run fail, or hang. */
export type Level = "ok" | "warn" | "fail";

/** What one look found. */
export interface Verdict {
  readonly level: Level;
  /** A clause without a full stop. */
  readonly found: string;
  /** The next command to type, or who has to do what. Given with everything that is not ok. */
  readonly next?: string;
}

/** One database that is examined. */
export interface Patient {
  readonly history: HistoryName;
  /** Undefined when the definitions are no good. */
  readonly graph: Graph<Definition> | undefined;
  readonly clock: Clock;
  /** The role that the server knows us as, quoted where it must be. */
  readonly role: string;
  /**
   * Read once, whoever asks first.
   *
   * @throws {Failure} `history/not-readable`.
   */
  readonly past: () => Promise<History<VersionDetails>>;
  /** How the session is pooled. */
  readonly pooling: () => Promise<Pooling>;
  /** What migrations that are not applied need; everything, when nobody can tell what is applied. */
  readonly needs: () => Promise<Needs>;
}

/** One question. Asking changes nothing and takes no lock. */
export interface Check {
  /** Stable, for programs: `long-transactions`. */
  readonly name: string;
  /** False for what embedded PostgreSQL does not have. */
  readonly embedded: boolean;
  /** @throws {SqlError} What the server refused. */
  examine(session: Session, patient: Patient): Promise<readonly Verdict[]>;
}

/** A check of two halves, so that the second can be tested without a server. */
export function makeCheck<F>({ name, embedded, read, judge }: {
  readonly name: string;
  readonly embedded: boolean;
  readonly read: (session: Session, patient: Patient) => Promise<F>;
  /** Pure. */
  readonly judge: (facts: F, patient: Patient) => readonly Verdict[];
}): Check {
  return {
    name,
    embedded,
    examine: async (session, patient) => judge(await read(session, patient), patient),
  };
}

/** Reads rows within ten seconds, with our own search_path. */
export function look(session: Session, query: string): Promise<readonly Row[]> {
  return ownRead(session, `SET LOCAL statement_timeout = '10s'; ${query}`);
}

/** The one row of a query without FROM, or over one row. */
export async function lookAtOne(session: Session, query: string): Promise<Row> {
  const [row] = await look(session, query);
  return row ?? {};
}

/** All is well. */
export function ok(found: string): readonly Verdict[] {
  return [{ level: "ok", found }];
}

/** Something to be looked after. */
export function warn(found: string, next: string): readonly Verdict[] {
  return [{ level: "warn", found, next }];
}

/** Something in the way. */
export function fail(found: string, next: string): readonly Verdict[] {
  return [{ level: "fail", found, next }];
}

/** What lets a role see all that these checks look at. */
export function letSee(role: string): string {
  return `Let an administrator run: GRANT pg_monitor TO ${role}`;
}

/** `1 index`, `3 indexes`. */
export function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `3.2 GB`, in powers of 1024 as PostgreSQL counts. */
export function bytes(text: string | null | undefined): string {
  let value = Number(text ?? 0);
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `40 s`, `12 min`, `3 h`, `2 days`. */
export function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
