// Pure.
/**
 * Pages about where migrations come from.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Directories of migrations that are missing or cannot be read or written. */
export const SOURCE_ERRORS = {
  "source/not-found": {
    title: "The directory of migrations does not exist",
    cause: "There is no directory at the path from which migrations are to be read. Without " +
      "`--migrations` and without migrations carried inside the executable it is " +
      "`./migrations`.",
    steps: [
      ["Name the directory.", "migrator status --migrations db/migrations"],
      ["Or make the first migration.", 'migrator add "create users" --db NAME'],
    ],
    retry: "no",
  },
  "source/file-name": {
    title: "The name of a file is not UTF-8",
    cause:
      "A directory of migrations holds a file whose name is not UTF-8, so it cannot be opened " +
      "by its name.",
    steps: [
      ["Show the bytes of the name.", "ls -b DIR"],
      ["Rename the file in UTF-8."],
    ],
    retry: "no",
  },
  "source/mixed-root": {
    title: "A directory holds migrations and databases",
    cause: "The directory of migrations holds migrations itself and directories of databases. A " +
      "directory is one database, or it holds databases.",
    steps: [
      ["Move the migrations into the directory of their database, or out of this one."],
      ["Then check again.", "migrator validate --migrations DIR"],
    ],
    retry: "no",
  },
  "source/busy": {
    title: "Another `add` is writing into the same folder",
    cause: "`add` writes one migration at a time, and another one held its lock file for " +
      "as long as this one was willing to wait.",
    steps: [
      ["Try again."],
      ["If no other `add` runs, see who made the lock file that the message names.", "ls -l DIR"],
    ],
    retry: "yes",
  },
  "source/no-databases": {
    title: "The directory holds no migrations",
    cause: "The directory exists, and neither it nor a directory in it has files that look like " +
      "migrations.",
    steps: [
      [
        "Check the path. Migrations lie in `DIR/<database>/<version>_<name>/up.sql` or in " +
        "`DIR/<database>/<version>_<name>.up.sql`.",
        "migrator validate --migrations DIR",
      ],
    ],
    retry: "no",
  },
  "source/unknown-database": {
    title: "The migrations have no such database",
    cause:
      "A database was asked for by name, and there are no migrations of that name. The message " +
      "lists the names there are.",
    steps: [
      ["See which databases there are.", "migrator validate"],
      ["Correct the name."],
    ],
    retry: "no",
  },
  "source/unreadable": {
    title: "Migrations cannot be read",
    cause: "The operating system refused to read a directory or file of the migrations.",
    steps: [
      ["Check that it exists, and that you may read it.", "ls -l DIR"],
    ],
    retry: "no",
  },
  "source/not-written": {
    title: "A new migration could not be written",
    cause: "`add` could not create its files. What it had created already was removed again.",
    steps: [
      ["Check the name, the permissions and the space that is left.", "ls -ld DIR", "df -h"],
      ["Run the same command again."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"source">, ErrorPage>>;
