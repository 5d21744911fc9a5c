// Pure.
/**
 * Pages about what `background plan` finds.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** What PostgreSQL would do with the statements of a sub-batch. */
export const BACKGROUND_PLAN_ERRORS = {
  "background/plan-refused": {
    title: "The server refuses a statement of a sub-batch",
    cause:
      "`background plan` asked the server how it would run the statements, and it refused. The " +
      "message quotes it.",
    steps: [
      ["Correct the statement, or grant the right that is missing."],
      ["Ask again.", "migrator background plan MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/plan-bound": {
    title: "The end of a batch cannot be found quickly",
    cause:
      "To find where a batch ends, PostgreSQL would read or sort many rows instead of following " +
      "the index, or it took longer than `statementTimeout`.",
    steps: [
      [
        "Scan by a key that has an index, let that index hold the columns of `filter`, or lower " +
        "`batchSize`.",
      ],
      ["Ask again.", "migrator background plan MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/plan-filter": {
    title: "The filter throws away most rows",
    cause: "To find where a batch ends, far more rows are read than the filter lets through.",
    steps: [
      [
        "Build an index by the key that holds the filter's columns too, or put the condition " +
        "into `sql` only.",
      ],
    ],
    retry: "no",
    seen: "warning-or-failure",
  },
  "background/plan-seq-scan": {
    title: "Each sub-batch would read a whole table",
    cause: "The plan of a statement has a sequential scan of a large table, so each of many " +
      "sub-batches would read all of it.",
    steps: [
      [
        "Build an index for the condition, or collect statistics. For the scanned table, let " +
        "`batch()` stand alone between ANDs.",
        "ANALYZE table_name;",
      ],
      [
        "If it is meant, allow it.",
        "migrator background plan MIGRATION --allow-seq-scan --db NAME",
      ],
    ],
    retry: "no",
    seen: "warning-or-failure",
  },
  "background/plan-nested-scan": {
    title: "For each row a whole table would be read",
    cause:
      "The plan reads all of another table for each row of a sub-batch, or a foreign key that " +
      "refers to the scanned table has no index.",
    steps: [
      [
        "Build an index on the other table, in an earlier migration.",
        "CREATE INDEX CONCURRENTLY ON table_name (column_name);",
      ],
      [
        "If it is meant, allow it.",
        "migrator background plan MIGRATION --allow-seq-scan --db NAME",
      ],
    ],
    retry: "no",
    seen: "warning-or-failure",
  },
  "background/plan-sample": {
    title: "The server refused sub-batches of the sample",
    cause:
      "`background plan --sample` ran sub-batches and rolled them back, and the server refused " +
      "some of them. The message has the first error.",
    steps: [
      ["Correct the rows or the statement, or allow some rows to be put aside: `maxQuarantined`."],
      ["Ask again.", "migrator background plan MIGRATION --sample 3 --yes --db NAME"],
    ],
    retry: "no",
  },
  "background/plan-not-sql": {
    title: "A job in TypeScript cannot be planned",
    cause: "What its sub-batches do is known only when they do it.",
    steps: [
      ["Try it on a copy of the database."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-own-strategy": {
    title: "A strategy of the program cannot be planned",
    cause: "The table is scanned by a strategy that the program defines, so its bounds and " +
      "sub-batches are not looked at.",
    steps: [
      ["Try it on a copy of the database."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-empty": {
    title: "There are no rows to plan by",
    cause: "The table is empty here, or no row passes the filter.",
    steps: [
      [
        "Ask where there are rows, such as on a copy of production.",
        "migrator background plan MIGRATION --db NAME",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-small": {
    title: "The table is too small to plan by",
    cause: "A small table says little about a large one.",
    steps: [
      [
        "Ask where there are as many rows as there will be, such as on a copy of production.",
        "migrator background plan MIGRATION --db NAME",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-foreign-key": {
    title: "Each changed row is looked up in another table",
    cause:
      "The statements assign a column with a foreign key, so each row is looked up in the other " +
      "table, and locks its row there.",
    steps: [
      [
        "Nothing has to be done where that table is small or rarely changes. Otherwise add the " +
        "constraint as NOT VALID after the batched migration.",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-autovacuum": {
    title: "Dead rows stay for long",
    cause:
      "With the default settings, autovacuum comes to so large a table only after a fifth of " +
      "its rows are dead.",
    steps: [
      [
        "Meanwhile let it come earlier, and RESET both settings afterwards.",
        "ALTER TABLE table_name SET (autovacuum_vacuum_scale_factor = 0.01, " +
        "autovacuum_vacuum_cost_delay = 1);",
      ],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-no-guard": {
    title: "Rows are written that have the value already",
    cause:
      "No condition asks for the columns that are assigned, so rows that have the value already " +
      "are written anew, with their WAL and dead rows.",
    steps: [
      ["Add a condition: `AND t.new IS DISTINCT FROM …` or `AND t.new IS NULL`."],
    ],
    retry: "no",
    seen: "warning",
  },
  "background/plan-volatile": {
    title: "The statements call volatile functions",
    cause:
      "A function that the statements call answers otherwise each time, such as `random()` or " +
      "`clock_timestamp()`. Done again, a row gets another value.",
    steps: [
      ["Nothing has to be done where that is meant."],
    ],
    retry: "no",
    seen: "warning",
  },
} satisfies Partial<Record<CodeOf<"background">, ErrorPage>>;
