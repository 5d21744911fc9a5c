/**
 * Reports whether another process is migrating this database now.
 *
 * @module
 */

import { lockHolder, lockKey } from "../../connection/lock/advisory_lock.ts";
import { makeCheck, ok, warn } from "../check/check.ts";

export const migrationLockCheck = makeCheck({
  name: "migration-lock",
  embedded: false,
  read: (session, { history: { schema, database } }) =>
    lockHolder(session, lockKey(schema, database)),
  judge: (holder, { history: { database } }) =>
    holder === undefined ? ok("free") : warn(
      `held by ${holder.application} (pid ${holder.pid}, role ${holder.role}, from ` +
        `${holder.host}, since ${holder.since})`,
      `See what it is busy with: migrator lock --db ${database}`,
    ),
});
