// Pure.
/**
 * Pages about plans.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** What was asked for cannot be planned. */
export const PLAN_ERRORS = {
  "plan/unknown-target": {
    title: "There is no migration of that version",
    cause:
      "The version that was named is not among the migrations of the database, or no database " +
      "has it. It may be mistyped, or belong to a newer release of the product.",
    steps: [
      ["See the versions there are.", "migrator status --db NAME"],
    ],
    retry: "no",
  },
  "plan/foreign-script": {
    title: "The script cannot end in another tool's history",
    cause:
      "`script --history` writes a file for a database that another tool migrates. This one has a " +
      "history of migrator's, or its tool's history and the files disagree, or a migration on the " +
      "way cannot be recorded there: the other tool's table cannot count the statements of what runs " +
      "outside a transaction, and knows no batched migrations. Nothing was written.",
    steps: [
      ["See what migrator knows of the database.", "migrator status --db NAME"],
      [
        "See how the other history and the files agree.",
        "migrator adopt --from TOOL --dry-run --db NAME",
      ],
      [
        "Write the script for the part before it.",
        "migrator script up --target VERSION --history golang-migrate --db NAME",
      ],
    ],
    retry: "no",
  },
  "plan/irreversible": {
    title: "A migration cannot be taken back",
    cause:
      "A migration on the way has no down script, or its author declared it irreversible; the " +
      "message quotes the reason. Nothing was run.",
    steps: [
      [
        "See what would have to be taken back.",
        "migrator down --target VERSION --db NAME --dry-run",
      ],
      [
        "Choose a target that keeps the migration. If the state before it is needed, restore a " +
        "backup.",
      ],
    ],
    retry: "no",
  },
  "plan/ambiguous-undo": {
    title: "Several migrations could be the last one",
    cause: 'More than one applied migration has no other one built on it, so that "the last" is ' +
      "not clear. Nothing was run.",
    steps: [
      ["See them.", "migrator status --db NAME"],
      [
        "Name the migration that stays, and look first.",
        "migrator down --target VERSION --db NAME --dry-run",
      ],
    ],
    retry: "no",
  },
  "plan/privileged-pending": {
    title: "Privileged migrations are pending, and were excluded",
    cause: "`up --unprivileged-only` runs nothing while a migration that needs special rights is " +
      "pending. The message lists them, and their SQL was printed. Nothing was run.",
    steps: [
      ["Run it as a role that has the rights.", "migrator up"],
      [
        "Or have the SQL printed for an administrator, who runs it by hand.",
        "migrator up --noop-privileged",
      ],
    ],
    retry: "no",
  },
  "plan/not-confirmed": {
    title: "The confirmation does not fit what is pending",
    cause:
      "`--confirm` was given a hash that stands for another list of privileged migrations than " +
      "the one that is pending now. The migrations changed, or another run applied some. " +
      "Nothing was run.",
    steps: [
      ["Print what is pending now, with its hash.", "migrator up --noop-privileged"],
      ["Have an administrator run that SQL before it is confirmed."],
    ],
    retry: "no",
  },
  "plan/not-owner": {
    title: "The role may not drop what a migration would take back",
    cause:
      "The down script of a migration on the way drops a table, a schema or an extension that " +
      "belongs to another role, and PostgreSQL lets only the owner or a superuser drop it. The " +
      "message names both. It was found before anything was run.",
    steps: [
      ["See the whole way.", "migrator rollback --dry-run"],
      [
        "Connect as a role that is a member of the owner and of the role that migrates. Or go on " +
        "by hand: first take back what is built on that migration.",
        "migrator down --target VERSION --db NAME --dry-run",
      ],
      [
        "Let the owner run its down script, which this prints.",
        "migrator describe VERSION --db NAME",
      ],
      [
        "Record that. Then roll back the rest.",
        'migrator log add VERSION --down --reason "dropped by its owner" --db NAME --dry-run',
      ],
    ],
    retry: "no",
  },
  "plan/other-release": {
    title: "The database has nothing in common with the release",
    cause:
      "A rollback would revert every migration of the database, because none of them is among " +
      "those of the release. Two releases of one product share at least their first migration, " +
      "so this is another product's database, or another product's executable. Nothing was run.",
    steps: [
      ["See what the database has, and which server it is on.", "migrator status --db NAME"],
      ["Use the executable of the product's older release."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"plan">, ErrorPage>>;
