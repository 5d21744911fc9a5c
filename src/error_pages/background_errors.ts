// Pure.
/**
 * Pages about batched migrations at work.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Batched migrations that failed, are unfinished, or cannot be changed in that way. */
export const BACKGROUND_ERRORS = {
  "background/unknown": {
    title: "There is no such batched migration",
    cause:
      "No batched migration of that name, id or arguments was queued in this database, or none " +
      "is declared. The message says which of the two.",
    steps: [
      ["See those that were queued.", "migrator background list --all --db NAME"],
      ["See what is declared: the files in `background/`.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "background/failed": {
    title: "A batched migration has failed",
    cause:
      "Its batches were refused as often as is allowed, the server refuses its statement, or " +
      "too many rows would have to be put aside. Workers leave it alone until it is retried. " +
      "What is done stays done.",
    steps: [
      ["See what was refused, and why.", "migrator background failures MIGRATION --db NAME"],
      ["Correct the cause: the rows, the rights or the declaration."],
      ["Then let it go on where it stopped.", "migrator background retry MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/unfinished": {
    title: "A batched migration is not finished",
    cause:
      "A schema migration relies on a batched migration that is not finished, or a worker ended " +
      "while work was left. It may be paused, held back by the throttle, or still at work. The " +
      "message says which.",
    steps: [
      ["See how far it is, and what holds it.", "migrator background show MIGRATION --db NAME"],
      ["If it is paused, let it go on.", "migrator background resume MIGRATION --db NAME"],
      ["Or do the rest now, in this process.", "migrator background finalize MIGRATION --db NAME"],
    ],
    retry: "later",
  },
  "background/not-here": {
    title: "This program cannot do the rest",
    cause:
      "The batched migration is written in TypeScript, and this program does not have its code. " +
      "Other workers may have it.",
    steps: [
      ["Run the command with the program that defines it."],
      ["Or wait until workers that have it are done.", "migrator up --finalize wait --db NAME"],
    ],
    retry: "later",
  },
  "background/quarantined": {
    title: "Rows were put aside",
    cause:
      "The batched migration did all rows but those that the database refused. They are kept in " +
      "the quarantine, with the error of each.",
    steps: [
      ["See them.", "migrator background quarantine list MIGRATION --db NAME"],
      [
        "See the SQL of a refused one, to try it in psql.",
        "migrator background failures MIGRATION --db NAME",
      ],
      [
        "When the rows or the statement are corrected, do them again.",
        "migrator background quarantine retry MIGRATION --db NAME",
      ],
    ],
    retry: "no",
  },
  "background/unknown-row": {
    title: "There is no such row in the quarantine",
    cause:
      "The batched migration has no row with that number that is still put aside. It may have " +
      "been retried or dropped already.",
    steps: [
      ["See those it has.", "migrator background quarantine list MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/unknown-failure": {
    title: "There is no such failure",
    cause: "The batched migration has no failure with that id.",
    steps: [
      ["See those it has.", "migrator background failures MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/remaining": {
    title: "Rows are left although all batches are done",
    cause:
      "The query `remaining` of the declaration still finds rows. Something writes rows in the " +
      "old form while the table is scanned: an application of the release before, or a missing " +
      "trigger.",
    steps: [
      ["Find out who writes them, and correct the trigger or the application."],
      ["Then do the rest.", "migrator background finalize MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/constraint": {
    title: "The constraint could not be validated",
    cause: "All batches are done, and PostgreSQL refuses to validate the constraint that the " +
      "declaration names: rows violate it, or its lock was not to be had.",
    steps: [
      [
        "If rows violate it, find them, and scan the table again.",
        "migrator background requeue MIGRATION --db NAME",
      ],
      ["Otherwise run the same again.", "migrator background finalize MIGRATION --db NAME"],
    ],
    retry: "later",
  },
  "background/taken-back": {
    title: "The batched migration was taken back",
    cause:
      "It was done, and since then it was queued the way back. What relies on it must not run.",
    steps: [
      ["See its state.", "migrator background show MIGRATION --db NAME"],
      [
        "If it is to be done again, queue it anew.",
        "migrator background requeue MIGRATION --db NAME",
      ],
    ],
    retry: "no",
  },
  "background/wrong-state": {
    title: "The command does not fit the state of the batched migration",
    cause: "A batched migration that is paused, failed, finished or deleted cannot be changed in " +
      "that way. The message has its state, and the hint names what can be done.",
    steps: [
      ["See its state.", "migrator background show MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/queued-meanwhile": {
    title: "Somebody else queued it at the same moment",
    cause:
      "Two commands queued the same batched migration at once. One of them did; this one did " +
      "nothing.",
    steps: [
      ["See the one that is queued.", "migrator background show MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/no-history": {
    title: "No migration was applied to the database yet",
    cause:
      "A batched migration was to be queued by hand, but its records are kept in the schema of the " +
      "history, which the first `migrator up` creates.",
    steps: [
      ["Apply the migrations of the database.", "migrator up --db NAME"],
      ["Queue it again.", "migrator background queue MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/no-way-back": {
    title: "The batched migration declares no way back",
    cause: "It was to be queued the way back, and its declaration has no `down`.",
    steps: [
      [
        "Write under `down:` what takes a sub-batch back. Then queue it again.",
        "migrator background requeue MIGRATION --down --db NAME",
      ],
    ],
    retry: "no",
  },
  "background/half-done": {
    title: "A half-done batched migration has no way back",
    cause: "A schema migration is to be taken back that queued a batched migration. That one has " +
      "changed a part of the rows, does not declare how to undo that (`down`), and what it has " +
      "written stays in the database. Nothing was run.",
    steps: [
      ["See how far it is.", "migrator background show MIGRATION --db NAME"],
      [
        "Let it come to its end, with a program that can run it. Then roll back.",
        "migrator background finalize MIGRATION --db NAME",
      ],
      [
        "Or leave the rows as they are, if the older release can live with both.",
        "migrator rollback --abandon MIGRATION --dry-run",
      ],
    ],
    retry: "no",
  },
  "background/unfit-argument": {
    title: "An argument has an unfit value",
    cause:
      "A job in TypeScript was queued by hand with an argument that is missing, or of another " +
      "kind than its definition asks for.",
    steps: [
      [
        "Give the arguments as JSON.",
        'migrator background queue MIGRATION --arguments \'{"kind": "namespace"}\' --db NAME',
      ],
    ],
    retry: "no",
  },
  "background/strategy-failed": {
    title: "A batching strategy of the program failed",
    cause: "The function `nextBatch` of a strategy that the program defines threw an error, or " +
      "answered with an end that cannot be. The batched migration has failed.",
    steps: [
      ["Correct `nextBatch`, and run the program again."],
      ["Then let it go on.", "migrator background retry MIGRATION --db NAME"],
    ],
    retry: "no",
  },
  "background/missing-right": {
    title: "The role may not work on batched migrations",
    cause: "The tables of batched migrations belong to another role, or this role may not create " +
      "them. Rights on the tables alone are not enough, because workers refuse tables that " +
      "others than the owner may write.",
    steps: [
      ["Connect as the role that owns them. The message names it."],
      ["A member of that role can act as it, with this in the URL: `?options=-c%20role%3DOWNER`."],
    ],
    retry: "no",
  },
  "background/archive": {
    title: "An archive could not be written",
    cause:
      "The janitor keeps the log of old batches elsewhere before it deletes them. The directory " +
      "does not exist, cannot be written, or the archive command failed. Nothing was deleted.",
    steps: [
      ["Correct the directory or the command.", "ls -ld DIR", "df -h"],
      ["Run the same again.", "migrator background janitor --archive DIR --db NAME"],
    ],
    retry: "yes",
  },
  "background/archive-exists": {
    title: "Another archive has the name already",
    cause:
      "A file of that name is in the archive directory with other content, perhaps from another " +
      "server. It is not overwritten, and nothing was deleted.",
    steps: [
      [
        "Give each server a directory of its own.",
        "migrator background janitor --archive DIR --db NAME",
      ],
    ],
    retry: "no",
  },
  "background/test-failed": {
    title: "A rehearsed batched migration does not pass",
    cause:
      "`background test` ran it on copies in a scratch database, and one of its checks failed: " +
      "it is not the same when done twice, cut off in the middle, or with writers beside it. " +
      "The message names the checks.",
    steps: [
      ["Read the lines above, and correct the declaration."],
      [
        "Run it again with the same rows: the message has the seed.",
        "migrator background test MIGRATION --db NAME --seed 1",
      ],
    ],
    retry: "no",
  },
  "background/test-data": {
    title: "Rows for the rehearsal could not be written",
    cause:
      "The tables refuse the rows that were drawn, or the file of `--data` has a mistake. The " +
      "message quotes the server.",
    steps: [
      [
        "Write the rows yourself, and name the file.",
        "migrator background test MIGRATION --data rows.sql --db NAME",
      ],
    ],
    retry: "no",
  },
  "background/test-not-sql": {
    title: "A job in TypeScript cannot be rehearsed",
    cause: "What such a job reaches besides its database cannot be made for trying.",
    steps: [
      ["Try it in tests of your own, with databases of your own."],
    ],
    retry: "no",
  },
  "background/test-server": {
    title: "The server refuses a scratch database",
    cause:
      "`background test --url` needs a database of its own, and the role may not create one. " +
      "Nothing was changed.",
    steps: [
      [
        "Leave `--url` out, to use embedded PostgreSQL.",
        "migrator background test MIGRATION --db NAME",
      ],
      ["Or name a role that may create databases."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"background">, ErrorPage>>;
