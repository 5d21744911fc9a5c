// Pure.
/**
 * Slows down while VACUUM falls behind the writes.
 *
 * @module
 */

import { figure, grade, type Indicator, type Judgement, worst } from "../indicator.ts";

/** Dead rows for each live row. Autovacuum starts at 0.2 by default. */
const PART = { slow: 1 };

/** The number of dead rows below which VACUUM is quick. */
const FEW = 10_000;

export const deadTuples: Indicator = {
  name: "dead-tuples",
  query: ({ watched }) =>
    `SELECT w.oid::regclass AS relation, pg_stat_get_dead_tuples(w.oid) AS dead,
      pg_stat_get_live_tuples(w.oid) AS live FROM (${watched}) AS w (oid)
    WHERE pg_stat_get_dead_tuples(w.oid) >= ${FEW}`,
  judge(rows, { was }) {
    const tables = rows.map((row): Judgement => {
      const [dead, live] = [figure(row, "dead") ?? 0, figure(row, "live") ?? 0];
      return {
        signal: grade(dead / Math.max(live, 1), PART, was),
        reason: `${row["relation"]} has ${dead} dead rows and ${live} live ones`,
      };
    });
    return worst(tables, { signal: "full", reason: "few dead rows" });
  },
};
