// Pure.
/**
 * Lists the migration tools whose history is recognised.
 *
 * @module
 */

import type { ForeignTable, ForeignTool } from "./foreign_tool.ts";
import {
  atlas,
  drizzle,
  graphileMigrate,
  nodePgMigrate,
  refinery,
  sqlMigrate,
  sqlx,
} from "./tools/checksum_tables.ts";
import { bun, flyway, goose, prisma, sourcegraph } from "./tools/event_tables.ts";
import { otherTools } from "./tools/other_tables.ts";
import {
  dbmate,
  diesel,
  golangMigrate,
  hasuraState,
  hasuraTable,
  supabase,
  tern,
} from "./tools/version_tables.ts";

/** Tools with the most specific columns come first. */
export const FOREIGN_TOOLS: readonly ForeignTool[] = [
  flyway,
  atlas,
  prisma,
  sqlx,
  goose,
  bun,
  sourcegraph,
  supabase,
  hasuraTable,
  hasuraState,
  golangMigrate,
  drizzle,
  diesel,
  nodePgMigrate,
  sqlMigrate,
  refinery,
  graphileMigrate,
  tern,
  ...otherTools,
  // Rails' table has the same columns; `ar_internal_metadata` distinguishes them.
  dbmate,
];

/** Returns the tool that recognises a table as its history. */
export function toolOf(table: ForeignTable): ForeignTool | undefined {
  return FOREIGN_TOOLS.find((tool) => tool.recognises(table));
}

/** The values of `adopt --from`. */
export const ADOPTABLE: readonly string[] = [
  ...new Set(FOREIGN_TOOLS.filter((tool) => tool.isAdoptable).map(({ name }) => name)),
].sort();
