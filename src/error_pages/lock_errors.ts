// Pure.
/**
 * Pages about locks.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The migration lock, or the lock of a table, was not to be had. */
export const LOCK_ERRORS = {
  "lock/held": {
    title: "Another runner is at work",
    cause: "The migration lock of the database is held by another runner, or a transaction of an " +
      "earlier one still goes on. The message names its process, role and host. Nothing was " +
      "changed.",
    steps: [
      ["See what it does, and for how long.", "migrator lock --db NAME"],
      ["Wait longer.", "migrator up --lock-wait 30min --db NAME"],
      [
        "The lock needs no unlocking: it ends with the session that holds it. Only if that " +
        "runner's host is gone for good, end the session as the hint of the failure says.",
      ],
    ],
    retry: "later",
  },
  "lock/schema": {
    title: "A table's lock kept the schema from being read",
    cause:
      "PostgreSQL takes a short lock on a table or view when it prints its definition. Another " +
      "session held a lock that excludes readers for longer than the limit. Nothing was changed.",
    steps: [
      ["See whether a migration is under way.", "migrator lock --db NAME"],
      ["Try again when that transaction has ended."],
    ],
    retry: "later",
  },
  "lock/lost": {
    title: "The lock was lost during the run",
    cause:
      "The connection that held the migration lock ended, so the run stopped at once: without " +
      "the lock, another runner could begin. The message says what was committed.",
    steps: [
      ["See where the database stands.", "migrator status --db NAME"],
      ["Run the same command again: it looks at what was done, and goes on."],
    ],
    retry: "yes",
  },
  "lock/fenced": {
    title: "Another runner has taken over",
    cause: "A newer run began while this one was cut off from the server or paused. The server " +
      "refused every further change of this one, so that the two cannot mix.",
    steps: [
      ["See what the other run did.", "migrator status --db NAME"],
      ["See whether it is still at work.", "migrator lock --db NAME"],
    ],
    retry: "yes",
  },
  "lock/no-connection": {
    title: "There is no second connection for the run",
    cause:
      "A run needs two connections: one holds the lock, one works. The server or the pooler had " +
      "only one to give until the time was over. Nothing was changed.",
    steps: [
      ["See how many connections there are.", "migrator doctor"],
      [
        "Raise `max_connections`, or the pooler's `pool_size` to 2 or more; or wait longer.",
        "migrator up --lock-wait 15min",
      ],
      ["Or go around the pooler.", "migrator up --direct-url NAME=postgres://db.example:5432/shop"],
    ],
    retry: "later",
  },
  "lock/table-busy": {
    title: "A table's lock was not to be had",
    cause:
      "A statement of a migration waited for the lock of a table that other sessions use, was " +
      "given up after its lock timeout, and was tried again as often as allowed. A migration in " +
      "a transaction was rolled back as a whole. The message names the sessions that were in " +
      "the way.",
    steps: [
      [
        "See who holds it, and wait until they end. Reading sessions hold locks too, until " +
        "their transaction ends.",
        "migrator doctor",
      ],
      [
        "Give it more time, at a quiet hour. Longer waits also make the product's own queries " +
        "wait behind it.",
        "migrator up --lock-retries 50 --db NAME",
      ],
    ],
    retry: "later",
  },
} satisfies Partial<Record<CodeOf<"lock">, ErrorPage>>;
