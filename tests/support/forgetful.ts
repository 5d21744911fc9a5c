/**
 * Servers that forget in a crash whatever nobody has made durable.
 *
 * @module
 */

import process from "node:process";
import type { Cluster } from "./cluster.ts";

/** Settings with which nothing is written in the background while a test runs. */
export const FORGETFUL = {
  wal_writer_delay: "10s",
  wal_writer_flush_after: "1GB",
  wal_buffers: "16MB",
  bgwriter_delay: "10s",
  autovacuum: "off",
} as const;

/**
 * Stops the WAL writer until the server crashes. No setting can: before 17, an asynchronous commit wakes it as
 * soon as a page of WAL is full, and what it then writes depends on when it comes to run.
 */
export async function crashWithoutWalWriter(cluster: Cluster): Promise<() => Promise<void>> {
  const [row] = await cluster.sql(
    "postgres",
    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'",
  );
  const pid = Number(row?.["pid"]);
  process.kill(pid, "SIGSTOP");
  return async () => {
    const stopped = cluster.stop("immediate");
    // It cannot hear that it is to stop.
    process.kill(pid, "SIGKILL");
    await stopped;
  };
}
