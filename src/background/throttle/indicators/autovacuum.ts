// Pure.
/**
 * Slows down while VACUUM runs on the written tables: the dead rows of a backfill itself start
 * autovacuum. It stops while a VACUUM runs that prevents wraparound.
 *
 * @module
 */

import {
  ACTIVITY,
  CURRENT_DATABASE_OID,
  type Indicator,
  type Judgement,
  worst,
} from "../indicator.ts";

export const autovacuum: Indicator = {
  name: "autovacuum",
  // The table comes from VACUUM's lock in pg_locks, which every role may see.
  query: ({ watched }) =>
    `SELECT l.relation::regclass AS relation, a.backend_type = 'autovacuum worker' AS auto,
      a.query LIKE '%(to prevent wraparound)' OR (a.query IS NULL OR a.query LIKE '<%') AND
        age(c.relfrozenxid) > current_setting('autovacuum_freeze_max_age')::integer AS urgent
    FROM pg_stat_get_progress_info('VACUUM') AS p
    JOIN pg_locks AS l ON l.pid = p.pid AND l.locktype = 'relation' AND l.granted
      AND l.mode = 'ShareUpdateExclusiveLock'
    JOIN pg_class AS c ON c.oid = l.relation
    LEFT JOIN ${ACTIVITY} AS a ON a.pid = p.pid
    WHERE p.datid = ${CURRENT_DATABASE_OID} AND l.database = p.datid AND l.relation IN (${watched})`,
  judge(rows) {
    const vacuums = rows.map((row): Judgement => {
      const kind = row["auto"] === "f" ? "a vacuum" : "autovacuum";
      const reason = `${kind} of ${row["relation"]} runs`;
      return row["urgent"] === "t"
        ? { signal: "stop", reason: `${reason}, to prevent wraparound` }
        : { signal: "slow", reason };
    });
    return worst(vacuums, { signal: "full", reason: "no vacuum of tables that are written" });
  },
};
