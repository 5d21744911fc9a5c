// Pure.
/**
 * Pages about the SQL of migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** What a migration's SQL cannot have, and what its metadata must say of it. */
export const DEFINITION_SQL_ERRORS = {
  "definition/invalid-utf8": {
    title: "A file is not UTF-8",
    cause:
      "The file has bytes that are not UTF-8. The message has the first such line, and says so " +
      "when it looks like UTF-16.",
    steps: [
      ["Save the file again as UTF-8."],
    ],
    retry: "no",
  },
  "definition/nul": {
    title: "A file holds a NUL character",
    cause: "PostgreSQL refuses NUL characters in SQL.",
    steps: [
      ["Remove it. If the file is full of them, it is UTF-16: save it again as UTF-8."],
    ],
    retry: "no",
  },
  "definition/syntax": {
    title: "A file is not SQL",
    cause: "PostgreSQL's own parser does not understand the file. The message has the line and " +
      "column, and the parser's words.",
    steps: [
      [
        "Correct the SQL at that place. Variables of psql (`:name`) and templates (`{{ name " +
        "}}`) are not filled in.",
      ],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/psql-command": {
    title: "A file holds a command of psql",
    cause: "A line begins with a backslash, which psql understands and PostgreSQL does not.",
    steps: [
      ["Write plain SQL instead."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/copy-from-stdin": {
    title: "A file copies from the client's input",
    cause:
      "`COPY … FROM stdin` reads what a client sends. A migration has no client that would send " +
      "something.",
    steps: [
      ["Write INSERT statements instead."],
    ],
    retry: "no",
  },
  "definition/copy-to-stdout": {
    title: "A file copies to the client's output",
    cause: "`COPY … TO stdout` sends rows to the client, and nobody would read them.",
    steps: [
      ["Remove it, or copy into a table with `INSERT INTO … SELECT …`."],
    ],
    retry: "no",
  },
  "definition/too-much-sql": {
    title: "A file is more SQL than the parser can hold",
    cause:
      "The file is too large, or a statement is nested too deeply, for PostgreSQL's parser in " +
      "this program.",
    steps: [
      ["Split it into several migrations, or into statements with fewer rows each."],
    ],
    retry: "no",
  },
  "definition/stray-transaction-control": {
    title: "A migration controls transactions by itself",
    cause: "A file has PREPARE TRANSACTION, or savepoints outside a transaction. The end " +
      "of such a transaction could not be recorded together with its statements. BEGIN, COMMIT and " +
      "ROLLBACK are accepted: they divide the file into transactions that are committed one by one.",
    steps: [
      ["Remove the statement. Write BEGIN … COMMIT around what belongs into one transaction."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/transaction-options": {
    title: "A migration begins a READ ONLY transaction",
    cause: "A migration and its row in the history are committed in one transaction, so that " +
      "transaction must be able to write. Isolation levels and DEFERRABLE are accepted.",
    steps: [
      ["Remove READ ONLY, or move the statements out of the migration."],
    ],
    retry: "no",
  },
  "definition/outside-in-transaction": {
    title: "A statement cannot run in the transaction that is asked for",
    cause:
      "PostgreSQL refuses a statement of the file inside a transaction, such as CREATE INDEX " +
      "CONCURRENTLY or VACUUM, and the file, its name, its metadata or the settings ask for " +
      "one. Or they ask for one and for none.",
    steps: [
      [
        "Remove BEGIN and COMMIT, or rename the file, as the message says. Such a statement is " +
        "then run outside a transaction.",
      ],
      [
        "With `transaction: single` in migrator.yaml, the migration itself has to say " +
        "`transaction: none`.",
      ],
    ],
    retry: "no",
  },
  "definition/concurrent-index-flag-missing": {
    title: "metadata.yaml does not mention the concurrent index",
    cause: "The up file builds an index concurrently, and metadata.yaml does not say so.",
    steps: [
      ["Add `createIndexConcurrently: true` to metadata.yaml."],
    ],
    retry: "no",
  },
  "definition/concurrent-index-flag-wrong": {
    title: "metadata.yaml mentions a concurrent index that is not there",
    cause:
      "The file metadata.yaml says that the migration builds an index concurrently, and its up file does " +
      "not.",
    steps: [
      ["Remove `createIndexConcurrently: true`."],
    ],
    retry: "no",
  },
  "definition/privileged-flag-missing": {
    title: "metadata.yaml does not mention the special rights",
    cause:
      "The file creates, changes or removes an extension, which needs rights that the migrating " +
      "role may lack, and metadata.yaml does not say so.",
    steps: [
      ["Add `privileged: true` to metadata.yaml."],
    ],
    retry: "no",
  },
  "definition/irreversible-with-down": {
    title: "An irreversible migration has a way back",
    cause: "The migration is declared irreversible, and its down file holds SQL. Both cannot be " +
      "true.",
    steps: [
      ["Remove `irreversible`, or empty the down file."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"definition">, ErrorPage>>;
