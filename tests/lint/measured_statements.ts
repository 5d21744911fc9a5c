/**
 * Statements of `statements.txt`, measured one by one in a database of `setup.sql`.
 *
 * @module
 */

import * as fs from "node:fs";
import { type Session, SqlError } from "../../src/connection/session/session.ts";
import type { Observation } from "../../src/lint/measure/observation.ts";
import { Observer } from "../../src/lint/measure/observer.ts";

/** One line: `@14` at its end means that older servers do not know the statement. */
export interface MeasuredStatement {
  readonly sql: string;
  readonly since: number;
}

/** The lines. */
export const STATEMENTS: readonly MeasuredStatement[] = fs.readFileSync(
  new URL("statements.txt", import.meta.url),
  "utf8",
).trim().split("\n").map((line) => {
  const [, sql = line, since] = /^(.*?)(?: @(\d+))?$/.exec(line) ?? [];
  return { sql, since: Number(since ?? 0) };
});

/** The schema with rows that each statement meets. */
export const SETUP = fs.readFileSync(new URL("setup.sql", import.meta.url), "utf8");

/** What one statement did, as text: relations with mode, `rewrite`, `scan`, `index`, `drop`. */
export async function verdictOf(session: Session, sql: string): Promise<string> {
  await session.query("BEGIN");
  try {
    const observer = await Observer.begin(session);
    await session.query(sql);
    return verdictText(await observer.observe());
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return `refused ${error.server.sqlstate}`;
  } finally {
    await session.query("ROLLBACK");
  }
}

function verdictText(observations: readonly Observation[]): string {
  return observations.map(({ relation, mode, isRewritten, scans, indexes, isDropped }) =>
    [
      relation.replace(/^pg_temp_\d+\./, "pg_temp."),
      mode ?? "no lock",
      ...(isRewritten ? ["rewrite"] : []),
      ...(scans > 0 ? ["scan"] : []),
      ...(indexes.length > 0 ? ["index"] : []),
      ...(isDropped ? ["drop"] : []),
    ].join(" ")
  ).sort().join(", ");
}
