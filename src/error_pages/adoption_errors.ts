// Pure.
/**
 * Pages about databases of other migration tools.
 *
 * @module
 */

import type { Code } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

const DRY = "migrator adopt --from TOOL --dry-run --db NAME";

/** The history of another tool is there, or cannot be taken over. */
export const ADOPTION_ERRORS = {
  "history/foreign": {
    title: "The database was not migrated by migrator",
    cause:
      "The database has no history of migrator's, but another tool's history is there, or tables " +
      "that the pending migrations would create or drop. Nothing was run.",
    steps: [
      ["See what would be taken over from the tool that the message names.", DRY],
      [
        "Without a tool, see what a baseline would record.",
        "migrator adopt --baseline VERSION --dry-run --db NAME",
      ],
      ["See what running every migration would do.", "migrator plan --from-scratch --db NAME"],
    ],
    retry: "no",
  },
  "history/foreign-failed": {
    title: "The other tool did not finish every migration",
    cause:
      "The history of the other tool calls a migration failed, dirty or unfinished, so a part " +
      "of it may be in the database. Nothing was recorded.",
    steps: [
      [
        "Read what the migration does, and look in the database.",
        "migrator describe VERSION --db NAME",
      ],
      [
        "If all of it is there, see what would be recorded.",
        "migrator adopt --from TOOL --failed-as applied --dry-run --db NAME",
      ],
      [
        "If nothing of it is there, see the same.",
        "migrator adopt --from TOOL --failed-as pending --dry-run --db NAME",
      ],
    ],
    retry: "no",
  },
  "history/foreign-mismatch": {
    title: "The other tool's history is not about these migrations",
    cause: "Nothing in the table is applied, or none of it is among the migration files.",
    steps: [
      ["Check which migrations are read.", "migrator validate --db NAME"],
      ["Look for another table of the tool.", "migrator status --db NAME"],
    ],
    retry: "no",
  },
  "history/foreign-unreadable": {
    title: "The other tool's table may not be read",
    cause:
      "The table belongs to another role: reading it is not allowed, or could run code of that " +
      "role's.",
    steps: [["Connect as the role that owns the table.", DRY]],
    retry: "no",
  },
  "history/no-foreign-history": {
    title: "The other tool's table is not there",
    cause: "No table has the columns of the tool's history, or not the one that was named.",
    steps: [
      ["See which tool's history is found.", "migrator status --db NAME"],
      ["Check that it is the right server.", "migrator config --db NAME"],
    ],
    retry: "no",
  },
  "history/several-foreign-histories": {
    title: "The other tool has several tables",
    cause: "Several tables have the columns of the tool's history.",
    steps: [[
      "Say which one.",
      "migrator adopt --from TOOL --table SCHEMA.TABLE --dry-run --db NAME",
    ]],
    retry: "no",
  },
  "history/renumbered": {
    title: "SQL that is applied has another version now",
    cause:
      "A pending migration has the same SQL as one that is applied and is no longer among the " +
      "files. It is not run a second time.",
    steps: [
      ["Compare the two.", "migrator describe VERSION --db NAME"],
      [
        "If the file was given another number, see what would be recorded.",
        'migrator log add VERSION --up --reason "renumbered" --dry-run --db NAME',
      ],
    ],
    retry: "no",
  },
  "usage/adopt-from": {
    title: "adopt needs to know what to take over",
    cause:
      "`adopt` was given neither `--from` nor `--baseline`, or options that do not go together.",
    steps: [["Name the tool that migrated the database.", DRY]],
    retry: "no",
  },
} as const satisfies Partial<Record<Code, ErrorPage>>;
