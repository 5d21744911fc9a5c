/**
 * Checks how far the database is from transaction ID wraparound.
 *
 * @module
 */

import { type CheckResult, fail, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

/** Age of the oldest unfrozen transaction id and multixact id. */
export interface Ages {
  readonly xids: number;
  readonly multixacts: number;
}

const WARN_AT = 1_500_000_000;

/** The age at which the server refuses new ids: 2^31 minus three million. */
const REFUSED_AT = 2 ** 31 - 3_000_000;

export const wraparoundCheck = makeCheck({
  name: "wraparound",
  embedded: true,
  read: async (session): Promise<Ages> => {
    const row = await lookAtOne(
      session,
      `SELECT pg_catalog.age(datfrozenxid) AS xids, pg_catalog.mxid_age(datminmxid) AS multixacts
      FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()`,
    );
    return { xids: Number(row["xids"]), multixacts: Number(row["multixacts"]) };
  },
  judge: judgeWraparound,
});

/** Judges the greater age. */
export function judgeWraparound({ xids, multixacts }: Ages): readonly CheckResult[] {
  const [age, what] = xids >= multixacts ? [xids, "transactions"] : [multixacts, "multixacts"];
  const found = `the oldest row is ${millions(age)} of ${millions(2 ** 31)} ${what} old`;
  if (age < WARN_AT) return ok(found);
  const next = "First end old transactions, prepared ones and slots, then as the owner of the " +
    "database: VACUUM (FREEZE, VERBOSE)";
  return age < REFUSED_AT
    ? warn(`${found}; at the end the server takes no writes`, next)
    : fail(`${found}: the server takes no writes any more`, next);
}

function millions(count: number): string {
  return `${Math.round(count / 1_000_000)} million`;
}
