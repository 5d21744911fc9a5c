// Pure.
/**
 * Pages about the tables of batched migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** What is in the way of scanning a table, or worth knowing about it. */
export const BACKGROUND_TABLE_ERRORS = {
  "background/table-missing": {
    title: "The table does not exist",
    cause: "The table that the batched migration scans is not in the database, or not yet.",
    steps: [
      ["Correct `table`, or queue it in a migration after the one that creates the table."],
    ],
    retry: "no",
  },
  "background/not-a-table": {
    title: "The name is not that of a table with rows",
    cause: "`table` names a view, a foreign table or the like, or a temporary table that workers " +
      "cannot see.",
    steps: [
      ["Name the table that holds the rows."],
    ],
    retry: "no",
  },
  "background/column-missing": {
    title: "The table has no such column",
    cause: "A column of `key` does not exist. The message names those that do.",
    steps: [
      ["Correct the name."],
    ],
    retry: "no",
  },
  "background/no-primary-key": {
    title: "The table has no primary key",
    cause: "Without `key`, a table is scanned by its primary key, and this one has none.",
    steps: [
      ["Write `key:` with NOT NULL columns of a btree index, or `strategy: ctid`."],
    ],
    retry: "no",
  },
  "background/no-index": {
    title: "No index serves the key",
    cause:
      "A table is scanned along a btree index that begins with the columns of the key. There is " +
      "none that could be used; the message says why those there are cannot.",
    steps: [
      [
        "Build one in an earlier migration, outside a transaction.",
        "CREATE INDEX CONCURRENTLY ON table_name (column_name);",
      ],
    ],
    retry: "no",
  },
  "background/nullable-key": {
    title: "A column of the key may be NULL",
    cause: "Rows with NULL in the key would never be reached.",
    steps: [
      [
        "Make the column NOT NULL, without a long lock.",
        "ALTER TABLE table_name ADD CONSTRAINT c CHECK (column_name IS NOT NULL) NOT VALID;",
        "ALTER TABLE table_name VALIDATE CONSTRAINT c;",
        "ALTER TABLE table_name ALTER COLUMN column_name SET NOT NULL;",
        "ALTER TABLE table_name DROP CONSTRAINT c;",
      ],
    ],
    retry: "no",
  },
  "background/key-type": {
    title: "A column of the key is of a type that cannot be scanned",
    cause: "Values of this type cannot be written down and compared again reliably.",
    steps: [
      ["Scan by other columns: `key: [id]`."],
    ],
    retry: "no",
  },
  "background/key-updated": {
    title: "The statements change the key",
    cause:
      "A statement assigns a column by which the table is scanned. Rows would move, and be met " +
      "twice or not at all.",
    steps: [
      ["Scan by other columns, or fill a new column and swap the two later."],
    ],
    retry: "no",
  },
  "background/no-rights": {
    title: "The role may not read the table",
    cause: "The role that queues the batched migration lacks SELECT on its table.",
    steps: [
      ["Let the owner of the table grant it.", "GRANT SELECT ON table_name TO app;"],
    ],
    retry: "no",
  },
  "background/row-security": {
    title: "Row-level security hides rows",
    cause: "Policies of the table apply to this role. Rows that they hide would never be reached.",
    steps: [
      [
        "Run it as a role to which they do not apply. Whoever answers for the policies may exempt a " +
        "role that only migrates (BYPASSRLS).",
      ],
    ],
    retry: "no",
  },
  "background/read-only-table": {
    title: "The role may only read the table",
    cause:
      "The role may read the table, and neither update nor delete its rows. That is right only " +
      "if the statements write elsewhere.",
    steps: [
      ["Otherwise let the owner grant it.", "GRANT UPDATE, DELETE ON table_name TO app;"],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/key-not-unique": {
    title: "The key is not unique",
    cause: "All rows with the same key are worked on in one transaction, however many they are.",
    steps: [
      ["Add a column to the key that makes it unique, such as the primary key. The hint names one."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/key-generated": {
    title: "A column of the key is generated from others",
    cause: "When one of those is changed, the row moves while the table is scanned.",
    steps: [
      ["Make sure that `sql` changes none of them, or scan by other columns."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/key-mixed-operators": {
    title: "The operators of the key are in several schemas",
    cause:
      "Only the first column of the key finds its place in the index. Where many rows have the " +
      "same first column, that is slow.",
    steps: [
      ["Scan by another key there."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/no-replica-identity": {
    title: "The table is published without a replica identity",
    cause: "PostgreSQL refuses to update and delete rows of a published table that has neither a " +
      "primary key nor another replica identity.",
    steps: [
      ["Name an index for it.", "ALTER TABLE table_name REPLICA IDENTITY USING INDEX index_name;"],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/replica-identity-full": {
    title: "Each change writes the whole old row to the WAL",
    cause:
      "The table has REPLICA IDENTITY FULL and is published, so changing its rows writes much " +
      "more WAL.",
    steps: [
      [
        "Where it has a primary key, and no subscriber needs the whole old row, REPLICA IDENTITY " +
        "DEFAULT is enough.",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/triggers": {
    title: "Triggers run for each row",
    cause: "The table has triggers that fire for each row that is changed. The message names them.",
    steps: [
      ["Make sure that they may run so often, and that none of them changes the key."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/referenced": {
    title: "Foreign keys carry changes to other tables",
    cause:
      "Foreign keys with CASCADE or the like refer to the table, so that one batch may change " +
      "many more rows than it holds.",
    steps: [
      ["Start with a small `subBatchSize`."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/filter-not-indexed": {
    title: "The index does not hold the columns of the filter",
    cause:
      "To find where a batch ends, rows are read one by one, and those that the filter does not " +
      "let through are thrown away.",
    steps: [
      ["Build the index with `INCLUDE` for those columns, or put the condition into `sql` only."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/indexed-columns": {
    title: "Indexed columns are written",
    cause:
      "The statements assign columns of indexes, so each changed row gets a new entry in every " +
      "index of the table.",
    steps: [
      ["Where an index is not needed before, build it after the batched migration is finalized."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/full-pages": {
    title: "Pages have no room for new row versions",
    cause:
      "The table has a fillfactor of 100, so most changed rows move to other pages and get new " +
      "entries in every index.",
    steps: [
      ["For pages that are written from now on:", "ALTER TABLE table_name SET (fillfactor = 90);"],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/unlogged": {
    title: "The table is UNLOGGED",
    cause: "After a crash of the server the table is empty, and what was done with it.",
    steps: [
      [
        "Nothing has to be done where that is meant. ALTER TABLE … SET LOGGED changes it, and " +
        "rewrites the whole table under a lock: leave that to a maintenance window.",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/never-analyzed": {
    title: "PostgreSQL has no statistics of the table",
    cause: "The ends of batches may be found by a wrong plan, and no time left can be told.",
    steps: [
      ["Collect statistics. It takes no lock that disturbs others.", "ANALYZE table_name;"],
    ],
    retry: "no",
    seen: "warning",
  },
} satisfies Partial<Record<CodeOf<"background">, ErrorPage>>;
