// Pure.
/**
 * Slows down while an old transaction keeps VACUUM from removing dead rows.
 *
 * @module
 */

import { formatElapsed } from "../../../format/elapsed_time.ts";
import {
  ACTIVITY,
  CURRENT_DATABASE_OID,
  figure,
  grade,
  HIDDEN,
  type Indicator,
  milliseconds,
} from "../indicator.ts";

/** The age of the oldest transaction, in milliseconds. */
const AGE = { slow: 60 * 60_000 };

export const oldestXmin: Indicator = {
  name: "oldest-xmin",
  query: () =>
    `SELECT 'pid ' || pid AS who, ${milliseconds("clock_timestamp() - xact_start")} AS age,
      query = '<insufficient privilege>' AS hidden
    FROM ${ACTIVITY}
    WHERE pid <> pg_backend_pid() AND usesysid IS NOT NULL AND datid = ${CURRENT_DATABASE_OID}
      AND coalesce(backend_xid, backend_xmin) IS NOT NULL
    UNION ALL
    SELECT 'prepared transaction ' || gid, ${milliseconds("clock_timestamp() - prepared")}, false
    FROM pg_prepared_xact() WHERE dbid = ${CURRENT_DATABASE_OID}
    ORDER BY 2 DESC NULLS LAST`,
  judge(rows, { was }) {
    const [oldest] = rows;
    const age = figure(oldest, "age");
    const signal = grade(age ?? 0, AGE, was);
    if (signal === "full" && rows.some((row) => row["hidden"] === "t")) {
      return { signal: "unknown", reason: `how old transactions are: ${HIDDEN}` };
    }
    if (age === undefined) return { signal: "full", reason: "no transaction is open" };
    return {
      signal,
      reason: `${oldest?.["who"]} has a transaction open since ${formatElapsed(age)}` +
        (signal === "full" ? "" : ": dead rows are kept for it"),
    };
  },
};
