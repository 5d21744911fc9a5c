// Pure.
/**
 * Extended statistics.
 *
 * @module
 */

import { quoteQualifiedIfNeeded } from "../../sql/quote_if_needed.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import type { InSchema, SchemaObject } from "../model/schema.ts";

export interface Statistics extends SchemaObject, InSchema {
  readonly kind: "statistics";
  /** As pg_get_statisticsobjdef() gives it. */
  readonly definition: string;
  /** The statistics target that was set. */
  readonly target?: number;
}

export const statisticsKind: Kind<Statistics> = {
  kind: "statistics",
  query: ({ version, schemas }) =>
    `SELECT s.tableoid AS class, s.oid, json_strip_nulls(json_build_object(
      'schema', n.nspname, 'name', s.stxname, 'owner', pg_get_userbyid(s.stxowner),
      'definition', pg_get_statisticsobjdef(s.oid),
      'target', ${version >= 170000 ? "s.stxstattarget" : "nullif(s.stxstattarget, -1)"})) AS object
    FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace
    WHERE s.stxnamespace IN ${schemas} AND ${isNoMember("pg_statistic_ext", "s.oid")}`,
  printed: ["definition"],
  address: (statistics) => `STATISTICS ${quoteQualifiedIfNeeded(statistics)}`,
  create: (statistics) => [
    statistics.definition,
    ...(statistics.target === undefined ? [] : [
      `ALTER STATISTICS ${quoteQualifiedIfNeeded(statistics)} SET STATISTICS ${statistics.target}`,
    ]),
  ],
};
