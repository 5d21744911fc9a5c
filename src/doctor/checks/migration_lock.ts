/**
 * Whether somebody migrates this database now.
 *
 * @module
 */

import { lockHolder, lockKey } from "../../connection/lock.ts";
import { makeCheck, ok, warn } from "../check.ts";

export const migrationLockCheck = makeCheck({
  name: "migration-lock",
  embedded: false,
  read: (session, { history: { schema, database } }) =>
    lockHolder(session, lockKey(schema, database)),
  judge: (holder) =>
    holder === undefined ? ok("free") : warn(
      `held by ${holder.application} (pid ${holder.pid}, role ${holder.role}, from ` +
        `${holder.host}, since ${holder.since})`,
      "Wait for its end: migrator wait. If its host is gone for good: " +
        `SELECT pg_terminate_backend(${holder.pid})`,
    ),
});
