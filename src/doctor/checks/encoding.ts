/**
 * Reports the encoding and the locale of the database.
 *
 * @module
 */

import { type CheckResult, lookAtOne, makeCheck, ok, warn } from "../check/check.ts";

export const encodingCheck = makeCheck({
  name: "encoding",
  embedded: true,
  read: async (session) => {
    const row = await lookAtOne(
      session,
      `SELECT pg_catalog.pg_encoding_to_char(encoding) AS encoding FROM pg_catalog.pg_database
      WHERE datname = pg_catalog.current_database()`,
    );
    return row["encoding"] ?? "";
  },
  judge: judgeEncoding,
});

/** Migrations are sent as UTF-8; a character that another encoding lacks makes a run fail. */
export function judgeEncoding(encoding: string): readonly CheckResult[] {
  if (encoding === "UTF8") return ok("UTF8");
  return warn(
    encoding === "SQL_ASCII"
      ? "SQL_ASCII keeps bytes without knowing what they mean"
      : `${encoding} cannot hold every character that a migration may have`,
    "Move to a new database: createdb --encoding UTF8 --template template0 NAME, then pg_dump " +
      "and pg_restore",
  );
}
