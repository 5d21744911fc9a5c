// Pure.
/**
 * The query for the session that holds an advisory lock.
 *
 * @module
 */

/**
 * Selects `pid`, `application`, `role`, `host`, `since` and `awaits_standby` of the session that holds the
 * lock; no row when nobody does. A psql script holds it outside of transactions, since its session began.
 */
export function lockHolderQuery(key: bigint): string {
  const high = BigInt.asUintN(32, key >> 32n);
  const low = BigInt.asUintN(32, key);
  return `SELECT l.pid, a.application_name AS application, a.usename AS role,
      coalesce(pg_catalog.host(a.client_addr), 'local socket') AS host,
      pg_catalog.to_json(coalesce(a.xact_start, a.backend_start)) #>> '{}' AS since,
      EXISTS (SELECT FROM pg_catalog.pg_stat_activity AS w WHERE w.wait_event = 'SyncRep'
        AND w.datname = pg_catalog.current_database() AND w.client_addr IS NOT DISTINCT FROM a.client_addr
        AND w.application_name LIKE 'migrator%') AS awaits_standby
    FROM pg_catalog.pg_locks AS l LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.classid = ${high} AND l.objid = ${low} AND l.database =
        (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
}
