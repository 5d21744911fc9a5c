/**
 * Plans the scan of a table from the catalogs. It runs when a batched migration is queued, in
 * `background plan`, and again in the worker that starts the scan.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import type { SqlTemplate } from "../../definition/batched/sql_template.ts";
import { throwCollected } from "../../failure.ts";
import type { ScanPlan } from "./scan_plan.ts";
import { refusals } from "./finding.ts";
import { assessTable, type TableAssessment } from "./assess_table.ts";
import { partitionBounds } from "./partition_bounds.ts";
import { readTableFacts } from "./table_facts.ts";
import { tableWrites } from "./table_writes.ts";

/**
 * Examines the table, inside a transaction whose search_path is pg_catalog. It takes no lock on the
 * table and changes nothing.
 *
 * @throws {SqlError} The server refused a query.
 */
export async function examineTable(
  session: Session,
  declaration: BatchedMigration,
): Promise<TableAssessment> {
  const facts = await readTableFacts(session, declaration.table);
  const table = facts.relations[0];
  const writes = table === undefined
    ? { columns: [], deletes: false }
    : await tableWrites(declaration, table.name);
  const bounds = new Map<string, SqlTemplate>();
  for (const { oid, constraint } of facts.relations) {
    const known = constraint === null ? undefined : await partitionBounds(constraint);
    if (known) bounds.set(oid, known);
  }
  return assessTable(declaration, { facts, writes, bounds });
}

/**
 * Plans the scan, or throws the refusals.
 *
 * @throws {Failure | Failures} `background/*`: each reason why the table cannot be scanned.
 */
export async function planScan(session: Session, declaration: BatchedMigration): Promise<ScanPlan> {
  const { scanPlan, findings } = await examineTable(session, declaration);
  throwCollected(refusals(findings, declaration));
  return scanPlan!;
}
