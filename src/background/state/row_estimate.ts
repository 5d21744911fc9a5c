/**
 * Estimates how many units there are to do, from the planner's statistics.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { ScanPlan } from "../strategy/scan_plan.ts";
import { BODY_SEARCH_PATH, CATALOG_SEARCH_PATH } from "./own_transaction.ts";
import { columnsOf } from "../strategy/key.ts";
import type { StoredMigration } from "./rows.ts";
import { segmentScan } from "./scan.ts";

/** Partitions beyond these are taken to be like them. */
const MOST_PARTS = 200;

/**
 * Units of the whole walk: rows that the filter lets through, distinct values, or blocks. Better than
 * what the catalogs count, which knows nothing of filters, nor of a table that was filled just now.
 *
 * Inside a transaction in which only pg_catalog is on the path.
 *
 * @throws {SqlError} What the server refused: the filter, for instance.
 */
export async function estimateUnits(
  session: Session,
  migration: Pick<StoredMigration, "declaration"> & { readonly scanPlan: ScanPlan },
): Promise<number> {
  const { scanPlan: { segments, bytes = 0, key }, declaration: { strategy } } = migration;
  if (segments.length === 0) return 0;
  if (key.length === 0) {
    const { rows } = await session.query("SHOW block_size");
    return Math.ceil(bytes / Number(rows[0]?.["block_size"]));
  }
  const asked = segments.slice(0, MOST_PARTS);
  const queries = asked.map((_, segment) => {
    const scan = segmentScan(migration, { segment, server: session.server.version });
    const columns = strategy === "loose-index-scan"
      ? `DISTINCT ${columnsOf(key, "").join(", ")}`
      : "";
    return `SELECT ${columns} FROM ${scan.relation} WHERE ${scan.filter?.("") ?? "true"}`;
  });
  const { rows } = await session.query(
    `${BODY_SEARCH_PATH}; EXPLAIN (FORMAT JSON) ${
      queries.join(" UNION ALL ")
    }; ${CATALOG_SEARCH_PATH}`,
  );
  const [{ Plan: plan }] = JSON.parse(rows[0]!["QUERY PLAN"]!) as [
    { readonly Plan: { readonly "Plan Rows": number } },
  ];
  return Math.round(plan["Plan Rows"] * (segments.length / asked.length));
}
