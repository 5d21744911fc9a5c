// Pure.
/**
 * Pages about SQL that failed.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The server refused SQL. */
export const SQL_ERRORS = {
  "sql/statement-failed": {
    title: "A statement of a migration failed",
    cause: "The server refused a statement. The message has its file, line and column, and the " +
      "server's own words with the SQLSTATE. A migration in a transaction was rolled back as a " +
      "whole; outside a transaction, what was done before the statement stays.",
    steps: [
      ["See what was tried, and what is done.", "migrator describe VERSION --db NAME"],
      [
        "Correct the cause. A migration that was shipped must not be edited where it is applied " +
        "already: correct the data or the rights, or ship a new migration.",
      ],
      [
        "Run it again. If it is dirty, let repair say what it would do first.",
        "migrator up --db NAME",
        "migrator repair --dry-run --db NAME",
      ],
    ],
    retry: "no",
  },
  "sql/refused": {
    title: "The server refused a statement of migrator's own",
    cause:
      "A query that belongs to no migration was refused: a right is missing, a timeout struck, " +
      "or the server is in trouble. The message quotes the server.",
    steps: [
      ["Look for known obstacles.", "migrator doctor --db NAME"],
      [
        "Read the server's log for the statement, correct the cause, and run the same command " +
        "again.",
      ],
    ],
    retry: "no",
  },
  "sql/transaction-refused": {
    title: "A transaction could not be begun",
    cause:
      "The server refused the beginning of a migration's transaction. Nothing of the migration " +
      "was run.",
    steps: [
      ["Look for known obstacles.", "migrator doctor --db NAME"],
      [
        "Read the server's log, correct the cause, and run the same command again.",
        "migrator up --db NAME",
      ],
    ],
    retry: "no",
  },
  "sql/index-differs": {
    title: "Another index has the name",
    cause:
      "A migration builds an index concurrently, and an index of that name exists already with " +
      "another definition or on another table. It is left alone. The message shows both.",
    steps: [
      ["Look at the index that is there, and at who made it.", "psql -c '\\d+ TABLE'"],
      [
        "If nobody needs it, rename it. Then run the same command again.",
        "ALTER INDEX found RENAME TO found_before;",
      ],
    ],
    retry: "no",
  },
  "sql/index-invalid": {
    title: "A concurrent build left no valid index",
    cause:
      "The server reported success, and the index is not there or not valid: usually `IF NOT " +
      "EXISTS` met the invalid rest of an earlier build.",
    steps: [
      [
        "Run the same command again: it drops the invalid index, and builds it anew.",
        "migrator up --db NAME",
      ],
    ],
    retry: "yes",
  },
  "sql/index-not-dropped": {
    title: "An invalid index could not be dropped",
    cause:
      "`repair` wanted to drop the invalid rest of a concurrent build, and the server refused. " +
      "The message quotes it.",
    steps: [
      [
        "Correct the cause, such as a missing right or a session that uses the table for long.",
        "migrator doctor --db NAME",
      ],
      ["Then let repair try again.", "migrator repair --db NAME"],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"sql">, ErrorPage>>;
