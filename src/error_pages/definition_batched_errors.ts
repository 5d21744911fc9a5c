// Pure.
/**
 * Pages about declarations of batched migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Declarations of batched migrations, and references to them. */
export const DEFINITION_BATCHED_ERRORS = {
  "definition/missing-background": {
    title: "A declaration of a batched migration cannot be read",
    cause: "The file in `background/` is a link that leads nowhere.",
    steps: [
      ["Point the link to a file, or replace it by one."],
    ],
    retry: "no",
  },
  "definition/unknown-database": {
    title: "A batched migration is for an unknown database",
    cause: "`defineBatchedMigration` names a database that has no migrations.",
    steps: [
      ["Correct `database` there.", "migrator config"],
    ],
    retry: "no",
  },
  "definition/unknown-batched-migration": {
    title: "A migration names a batched migration that is not declared",
    cause: "`queues`, `finalizes` or `deletes` names a batched migration that has no file in " +
      "`background/`, and that the program does not define.",
    steps: [
      ["Correct the name, or declare it.", 'migrator add --background "fill stars" --db NAME'],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/unknown-argument": {
    title: "A batched migration has no such argument",
    cause:
      "The SQL uses an argument that is not under `arguments`, or a migration gives one that " +
      "the declaration does not have.",
    steps: [
      ["Correct the name, or add it to `arguments` of the declaration."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/unfit-argument": {
    title: "An argument of a batched migration has an unfit value",
    cause:
      "A migration queues a job in TypeScript with an argument that is missing, or of another " +
      "kind than its definition asks for.",
    steps: [
      ["Write it where the job is named: `{ name: MIGRATION, arguments: { … } }`."],
    ],
    retry: "no",
  },
  "definition/batched-twice": {
    title: "A batched migration exists twice",
    cause:
      "A migration names a batched migration twice, or the same name is declared in a file and " +
      "in the program, or twice in the program.",
    steps: [
      [
        "Remove one of the two, or rename it. To queue it anew, `queues` alone is enough: it " +
        "ends the one before.",
      ],
    ],
    retry: "no",
  },
  "definition/batched-deleted": {
    title: "A batched migration is relied on that an earlier migration deletes",
    cause:
      "A migration has `finalizes` for a batched migration that a migration before it deletes, and " +
      "none in between queues again. It could never be applied.",
    steps: [
      ["Remove `finalizes`, or `deletes` of the earlier migration, or queue it again in between."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/never-queued": {
    title: "A batched migration is relied on that nothing queues",
    cause: "A migration has `finalizes` or `deletes` for a batched migration that no migration " +
      "before it queues with these arguments. It would wait for something that never begins.",
    steps: [
      ["Write `queues: [MIGRATION]` into an earlier migration, or remove the reference here."],
    ],
    retry: "no",
  },
  "definition/batched-outside-transaction": {
    title: "A migration outside a transaction refers to a batched migration",
    cause:
      "`queues`, `finalizes` and `deletes` take effect in the same transaction as the history " +
      "row. This migration runs outside a transaction.",
    steps: [
      ["Move the key into a migration of its own, which may be empty otherwise."],
    ],
    retry: "no",
  },
  "definition/batched-privileged": {
    title: "A privileged migration refers to a batched migration",
    cause:
      "A privileged migration may be run by hand by an administrator, and then nothing would be " +
      "queued.",
    steps: [
      ["Move the key into a migration of its own, which may be empty otherwise."],
    ],
    retry: "no",
  },
  "definition/batched-key": {
    title: "The key does not fit the strategy",
    cause:
      "The strategy scans by columns and the declaration names none, or it names `key` for a " +
      "strategy that does not use one.",
    steps: [
      [
        "For `keyset` and `loose-index-scan`, add `key:` with the columns of an index, such as " +
        "`key: [tenant_id, id]`. For others, remove `key`.",
      ],
    ],
    retry: "no",
  },
  "definition/batched-key-updated": {
    title: "The SQL changes the key by which the table is scanned",
    cause:
      "A statement assigns a column of the key. Rows would move while the table is scanned, and " +
      "be met twice or not at all.",
    steps: [
      ["Scan by other columns, or fill a new column and swap the two later."],
    ],
    retry: "no",
  },
  "definition/batched-size": {
    title: "A size is above the larger one",
    cause:
      "In a declaration, a size is above the one that limits it, such as `subBatchSize` above " +
      "`batchSize`.",
    steps: [
      ["Lower the smaller one, or raise the larger one."],
    ],
    retry: "no",
  },
  "definition/batched-filter": {
    title: "The filter is not one condition",
    cause:
      "`filter` is not what would stand behind WHERE, or it has something that a filter cannot " +
      "have, such as a subquery or a parameter. The message says what.",
    steps: [
      ["Write one condition on columns of the table: `filter: source_type <> 'Unused'`."],
    ],
    retry: "no",
  },
  "definition/batched-query": {
    title: "remaining is not one query",
    cause: "`remaining`, or another query of the declaration, is not one SELECT that only reads.",
    steps: [
      ["Write one query: `remaining: SELECT 1 FROM … WHERE … LIMIT 1`."],
    ],
    retry: "no",
  },
  "definition/batched-statement": {
    title: "A sub-batch has a statement that it cannot have",
    cause: "The SQL of a sub-batch has DDL, transaction control or another statement that is not " +
      "INSERT, UPDATE, DELETE, MERGE or SELECT.",
    steps: [
      ["Move it into a schema migration."],
    ],
    retry: "no",
  },
  "definition/batched-argument": {
    title: "argument() is not used as it is meant",
    cause:
      "The SQL calls `argument()` with something else than a quoted name, or uses a parameter " +
      "such as `$1` that nothing fills in.",
    steps: [
      ["Write `argument('name')`, with the value under `arguments`."],
    ],
    retry: "no",
  },
  "definition/batch-missing": {
    title: "A statement would run for all rows",
    cause:
      "A statement of a sub-batch does not call `batch()`, so each sub-batch would run it for " +
      "the whole table.",
    steps: [
      ["Add it to the WHERE: `WHERE batch(t)`, where `t` is the alias of the table that is scanned."],
    ],
    retry: "no",
  },
  "definition/batch-misused": {
    title: "batch() does not restrict the statement",
    cause: "`batch()` stands where it does not keep the statement to the rows of the sub-batch, " +
      "names another table, or has something else than an alias in it.",
    steps: [
      ["Make it one of the conditions that AND joins in a WHERE, for the table that is scanned."],
    ],
    retry: "no",
  },
  "definition/batched-not-idempotent": {
    title: "A scan by ctid could do a row twice",
    cause:
      "The strategy `ctid` may meet a row twice, because an update moves it, and nothing keeps " +
      "the statement from changing it twice.",
    steps: [
      [
        "Add a condition, or a `filter`, that no longer holds for a row that is done, such as " +
        "`t.new IS NULL`; for INSERT, `ON CONFLICT DO NOTHING`. Or scan by a key.",
      ],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"definition">, ErrorPage>>;
