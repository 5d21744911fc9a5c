/**
 * How many objects there are of each sort: enough to see that a script that ran before has made the same
 * again, at a hundredth of the cost of a description.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";

/** Catalogs of which every row that users cause belongs to something that a description has. */
const COUNTED = [
  "pg_proc",
  "pg_type",
  "pg_constraint",
  "pg_trigger",
  "pg_index WHERE indexrelid",
  "pg_attrdef",
  "pg_policy",
  "pg_rewrite",
  "pg_namespace",
  "pg_extension",
  "pg_statistic_ext",
  "pg_depend WHERE objid",
  "pg_description WHERE objoid",
];

const OUTLINE = `SELECT pg_catalog.concat_ws(' ',
    (SELECT pg_catalog.string_agg(kind, ',' ORDER BY kind) FROM (
      SELECT relkind::text || pg_catalog.count(*) AS kind
      FROM pg_catalog.pg_class WHERE oid >= 16384 GROUP BY relkind
    ) AS kinds),
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute
      WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped),
    (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute
      WHERE attrelid >= 16384 AND attnum > 0 AND NOT attisdropped AND attnotnull),
    ${
  COUNTED.map((catalog) =>
    `(SELECT pg_catalog.count(*) FROM pg_catalog.${
      catalog.includes(" ") ? catalog : `${catalog} WHERE oid`
    } >= 16384)`
  ).join(",\n    ")
}) AS outline`;

/** Reads it as a text to be compared with others. */
export async function readOutline(session: Session): Promise<string> {
  const { rows } = await session.query(OUTLINE);
  return rows[0]?.["outline"] ?? "";
}
