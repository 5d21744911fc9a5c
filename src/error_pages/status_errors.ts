// Pure.
/**
 * Pages about findings.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The command did what it was asked, and found something. */
export const STATUS_ERRORS = {
  "status/not-ready": {
    title: "The database is not ready",
    cause:
      "`wait`, or an application that waits, gave up: the server was not reached, or not all " +
      "migrations are applied. The message says which, and `facts.reason` has the code or word. " +
      "Nothing was changed.",
    steps: [
      ["See what is pending.", "migrator status --db NAME"],
      ["Apply it, if nobody else does.", "migrator up --db NAME"],
      ["Or wait longer.", "migrator wait --timeout 15min --db NAME"],
    ],
    retry: "later",
  },
  "status/privileged-pending": {
    title: "Privileged migrations wait for an administrator",
    cause: "`up --noop-privileged` printed the SQL that an administrator has to run by hand, and " +
      "waits for the confirmation. This is a finding, not a failure. Nothing was run.",
    steps: [
      ["Let an administrator read and run the script that was printed."],
      [
        "Then run the command that the hint shows: it has the hash that stands for exactly " +
        "these migrations.",
      ],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"status">, ErrorPage>>;
