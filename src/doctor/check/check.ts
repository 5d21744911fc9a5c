/**
 * A check: a query, and a pure judgement of its rows.
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

/** `warn` can wait and does not make a run fail; `fail` makes a run fail or hang. */
export type CheckLevel = "ok" | "warn" | "fail";

/** One result of a check. */
export interface CheckResult {
  readonly level: CheckLevel;
  /** What was found: a clause without a full stop. */
  readonly found: string;
  /** The next command to type, or who has to do what. Present unless the level is `ok`. */
  readonly next?: string;
}

/** The database to examine. */
export interface CheckedDatabase {
  readonly history: HistoryName;
  /** Undefined when the definitions have defects. */
  readonly graph: Graph<Definition> | undefined;
  /** The other databases of the product. */
  readonly siblings: readonly string[];
  readonly clock: Clock;
  /** The current role, quoted where SQL requires it. */
  readonly role: string;
  /**
   * The history, read on first use and shared by all checks.
   *
   * @throws {Failure} `history/not-readable`.
   */
  readonly past: () => Promise<History<VersionDetails>>;
  /** The pooling mode of the session. */
  readonly pooling: () => Promise<Pooling>;
  /** What the pending migrations need; what all of them need when the history cannot be read. */
  readonly needs: () => Promise<Needs>;
}

/** One check. It changes nothing and takes no lock on a table. */
export interface Check {
  /** Stable name, for programs: `long-transactions`. */
  readonly name: string;
  /** False for checks that do not apply to embedded PostgreSQL. */
  readonly embedded: boolean;
  /** @throws {SqlError} The server's error. */
  examine(session: Session, checkedDatabase: CheckedDatabase): Promise<readonly CheckResult[]>;
}

/** Builds a check from two halves, so that the judgement can be tested without a server. */
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

/** Runs a query with a timeout of ten seconds and a fixed search_path. */
export function look(session: Session, query: string): Promise<readonly Row[]> {
  return catalogRead(session, `SET LOCAL statement_timeout = '10s'; ${query}`);
}

/** The row of a query that returns exactly one. */
export async function lookAtOne(session: Session, query: string): Promise<Row> {
  const [row] = await look(session, query);
  return row ?? {};
}

/** No problem. */
export function ok(found: string): readonly CheckResult[] {
  return [{ level: "ok", found }];
}

/** A problem that can wait. */
export function warn(found: string, next: string): readonly CheckResult[] {
  return [{ level: "warn", found, next }];
}

/** A problem that makes a run fail. */
export function fail(found: string, next: string): readonly CheckResult[] {
  return [{ level: "fail", found, next }];
}

/** The GRANT that lets a role see everything that the checks read. */
export function grantMonitorHint(role: string): string {
  return `Let an administrator run: GRANT pg_monitor TO ${role}`;
}
