/**
 * What some months of use leave behind, in the tables of the release that is there: for `demo.ts`, and
 * in a process of its own, because only one at a time has an embedded database open.
 *
 * @module
 */

import process from "node:process";
import { connectorTo } from "../tests/support/harness.ts";

const [url = "", rows = ""] = process.argv.slice(2);
const connector = await connectorTo(url);
const session = await connector.open({ applicationName: "product" });
await session.query(`
  INSERT INTO users (username) SELECT 'user' || i FROM generate_series(1, 100) AS i;
  INSERT INTO search_jobs (user_id, query)
    SELECT u.id, 'TODO' FROM users AS u, generate_series(1, 20);
  INSERT INTO audit_events (actor_id, action, subject_kind, subject_id)
    SELECT 1 + i % 100, 'repo.viewed', 'repo', i FROM generate_series(1, ${Number(rows)}) AS i;
  ANALYZE`);
await session.close();
