/**
 * Reports the size of the database, WAL and temporary files. SQL cannot read the free disk space.
 *
 * @module
 */

import { formatBytes } from "../../format/byte_size.ts";
import { lookAtOne, makeCheck, ok } from "../check/check.ts";

/** Size of the database in bytes. Sizes of single tables are not read: that would take locks. */
export const databaseSizeCheck = makeCheck({
  name: "disk",
  embedded: true,
  read: (session) =>
    lookAtOne(
      session,
      `SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) AS size,
        pg_catalog.current_setting('temp_file_limit') AS limit`,
    ),
  judge: ({ size, limit }) =>
    ok(
      `the database has ${formatBytes(Number(size))}` +
        (limit === "-1" ? "" : `; temporary files may have ${limit} per process`),
    ),
});

/** Size in bytes of the WAL directory and of temporary files. Needs pg_monitor. */
export const serverDirectoriesCheck = makeCheck({
  name: "server-directories",
  embedded: false,
  read: (session) =>
    lookAtOne(
      session,
      `SELECT (SELECT pg_catalog.sum(size) FROM pg_catalog.pg_ls_waldir()) AS wal,
        (SELECT coalesce(pg_catalog.sum(size), 0) FROM pg_catalog.pg_ls_tmpdir()) AS temporary,
        pg_catalog.current_setting('max_wal_size') AS most`,
    ),
  judge: ({ wal, temporary, most }) =>
    ok(
      `WAL has ${formatBytes(Number(wal))} (max_wal_size ${most}), temporary files ${
        formatBytes(Number(temporary))
      }`,
    ),
});
