/**
 * What a check is: a query, and a pure judgement of its rows.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Pooling, Row, Session } from "../../connection/session/session.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import type { Graph } from "../../graph/graph.ts";
import type { History, VersionDetails } from "../../history/history.ts";
import type { HistoryName } from "../../history/history_name.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Needs } from "./needs.ts";

/** `warn` can wait, and hinders no run by itself; `fail` makes a run fail, or hang. */
export type CheckLevel = "ok" | "warn" | "fail";

/** What one look found. */
export interface CheckResult {
  readonly level: CheckLevel;
  /** A clause without a full stop. */
  readonly found: string;
  /** The next command to type, or who has to do what. Given with everything that is not ok. */
  readonly next?: string;
}

/** One database that is examined. */
export interface CheckedDatabase {
  readonly history: HistoryName;
  /** Undefined when the definitions are no good. */
  readonly graph: Graph<Definition> | undefined;
  /** The other databases of the product. */
  readonly siblings: readonly string[];
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
  examine(session: Session, checkedDatabase: CheckedDatabase): Promise<readonly CheckResult[]>;
}

/** A check of two halves, so that the second can be tested without a server. */
export function makeCheck<F>({ name, embedded, read, judge }: {
  readonly name: string;
  readonly embedded: boolean;
  readonly read: (session: Session, checkedDatabase: CheckedDatabase) => Promise<F>;
  /** Pure. */
  readonly judge: (facts: F, checkedDatabase: CheckedDatabase) => readonly CheckResult[];
}): Check {
  return {
    name,
    embedded,
    examine: async (session, checkedDatabase) =>
      judge(await read(session, checkedDatabase), checkedDatabase),
  };
}

/** Reads rows within ten seconds, with our own search_path. */
export function look(session: Session, query: string): Promise<readonly Row[]> {
  return catalogRead(session, `SET LOCAL statement_timeout = '10s'; ${query}`);
}

/** The one row of a query without FROM, or over one row. */
export async function lookAtOne(session: Session, query: string): Promise<Row> {
  const [row] = await look(session, query);
  return row ?? {};
}

/** All is well. */
export function ok(found: string): readonly CheckResult[] {
  return [{ level: "ok", found }];
}

/** Something to be looked after. */
export function warn(found: string, next: string): readonly CheckResult[] {
  return [{ level: "warn", found, next }];
}

/** Something in the way. */
export function fail(found: string, next: string): readonly CheckResult[] {
  return [{ level: "fail", found, next }];
}

/** What lets a role see all that these checks look at. */
export function grantMonitorHint(role: string): string {
  return `Let an administrator run: GRANT pg_monitor TO ${role}`;
}
