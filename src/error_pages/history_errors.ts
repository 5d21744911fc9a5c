// Pure.
/**
 * Pages about the history.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The history needs a person, or cannot be used. */
export const HISTORY_ERRORS = {
  "history/dirty": {
    title: "A migration is half done",
    cause:
      "The last attempt at a migration ran outside a transaction and did not finish, so a part " +
      "of it may be in the database. Nothing more is run until that is settled.",
    steps: [
      [
        "See what was found, and what repair would do about it. Nothing is changed.",
        "migrator repair --dry-run --db NAME",
      ],
      ["Let it do that, if it is right.", "migrator repair VERSION --db NAME"],
    ],
    retry: "no",
  },
  "history/needs-person": {
    title: "repair cannot tell what was done",
    cause: "`repair` looked at a migration that did not finish, and the database does not show " +
      "whether its statement took effect, or going on was not asked for. Nothing was changed.",
    steps: [
      [
        "Read which statement it is about, and look in the database whether it took effect.",
        "migrator describe VERSION --db NAME",
      ],
      [
        "If the rest may be run, see what repair would run. Without --dry-run it does that.",
        "migrator repair VERSION --continue --db NAME --dry-run",
      ],
      [
        "If you have seen that all of it is in the database, record that. Without --dry-run it is " +
        "recorded.",
        'migrator force VERSION --reason "all of it is there" --db NAME --dry-run',
      ],
      [
        "If you have seen that nothing of it is, record that.",
        'migrator force VERSION --down --reason "nothing of it is there" --db NAME --dry-run',
      ],
    ],
    retry: "no",
  },
  "history/running": {
    title: "The migration is still being run",
    cause:
      "The server still works on a statement of this migration, or a transaction of the newest " +
      "run is still open. What becomes of it is not decided, so nothing was recorded.",
    steps: [
      ["See what it does.", "migrator lock --db NAME", "migrator status --db NAME"],
      ["Wait for its end, then ask again.", "migrator repair --dry-run --db NAME"],
    ],
    retry: "later",
  },
  "history/not-dirty": {
    title: "The migration is not dirty",
    cause: "`force` settles a migration that is half done, and this one is not. Nothing was " +
      "recorded.",
    steps: [
      ["See which one is.", "migrator status --db NAME"],
      [
        "To record what was run by hand, use log add. Without --dry-run it is recorded.",
        'migrator log add VERSION --up --reason "ran its SQL by hand" --db NAME --dry-run',
      ],
    ],
    retry: "no",
  },
  "history/already-so": {
    title: "The history says so already",
    cause: "What was to be recorded is what the history holds already. Nothing was recorded.",
    steps: [
      ["See every attempt at this migration.", "migrator describe VERSION --db NAME"],
    ],
    retry: "no",
  },
  "history/changed": {
    title: "Another run changed the migration meanwhile",
    cause:
      "Between looking at the migration and recording something about it, another run ended and " +
      "changed what holds. Nothing was recorded.",
    steps: [
      [
        "See every attempt at this migration, and decide anew.",
        "migrator describe VERSION --db NAME",
      ],
    ],
    retry: "no",
  },
  "history/definition-missing": {
    title: "A migration to be taken back is unknown",
    cause:
      "The database has applied a migration of which neither this program nor the database has " +
      "the SQL. It was applied by another executable that did not keep it. Nothing was run.",
    steps: [
      [
        "Use the executable, or the directory of migrations, that applied it.",
        "migrator down --target VERSION --db NAME --migrations DIR --dry-run",
      ],
    ],
    retry: "no",
  },
  "history/incomplete": {
    title: "Tables of the history are missing, or are another program's",
    cause: "The schema of the history holds some of migrator's tables but not all of them, or " +
      "tables of those names with other columns. The message lists each difference. Nothing was " +
      "run: a new history would make `up` apply every migration again.",
    steps: [
      ["See what is missing.", "migrator doctor"],
      ["Restore the missing tables from a backup of this database."],
      [
        "If the tables are another program's, keep the history in a schema of its own: set " +
        "`historySchema` in migrator.yaml.",
      ],
    ],
    retry: "no",
  },
  "history/transaction-ended": {
    title: "A migration ended its own transaction and then failed",
    cause: "The migration committed or rolled back the transaction that was opened for it, and a " +
      "later statement failed. What it did before that stands in the database. It is recorded as " +
      "failed, not as applied.",
    steps: [
      ["See what the history says of it.", "migrator describe VERSION --db NAME"],
      ["Look at the database, and undo by hand what the migration left."],
      ["See what would be recorded then.", "migrator repair VERSION --db NAME --dry-run"],
    ],
    retry: "no",
  },
  "history/damaged": {
    title: "What the database keeps of a migration was changed",
    cause:
      "The SQL that the database keeps of an applied migration does not agree with the checksum " +
      "of what was applied. Nothing of it was run.",
    steps: [
      [
        "Use the executable, or the directory of migrations, that applied it.",
        "migrator describe VERSION --db NAME --migrations DIR",
      ],
      ["Find out who wrote to the history tables: only the role that migrates should be able to."],
    ],
    retry: "no",
  },
  "history/other-product": {
    title: "The history is another product's",
    cause:
      "The first migration in the history is another one than the first of these migrations, " +
      "under the same version. Either this is the wrong server, or two products use one name " +
      "for their databases. Nothing was run.",
    steps: [
      ["Check which server is asked.", "migrator config"],
      [
        "Two products that share a PostgreSQL database need different names for their " +
        "databases, or different history schemas (`historySchema` in migrator.yaml).",
      ],
    ],
    retry: "no",
  },
  "history/not-readable": {
    title: "The role may not read the history",
    cause: "The role lacks the right to read the tables in which migrator keeps the history.",
    steps: [
      ["Connect as the role that migrates this database."],
      [
        "Or let that role grant the right. The key `readers` in migrator.yaml does that with " +
        "the next run.",
        "GRANT USAGE ON SCHEMA migrator TO your_role;",
        "GRANT SELECT ON ALL TABLES IN SCHEMA migrator TO your_role;",
      ],
    ],
    retry: "no",
  },
  "history/not-writable": {
    title: "The role may not write the history",
    cause: "The tables of the history cannot be created or written by this role, or the server " +
      "refused it for another reason. Nothing was run.",
    steps: [
      ["Connect as the owner of the schema `migrator`. The message names it."],
      [
        "If there is no such schema yet, let an administrator make one for the role.",
        "CREATE SCHEMA migrator AUTHORIZATION app;",
      ],
      ["Look for other obstacles.", "migrator doctor --db NAME"],
    ],
    retry: "no",
  },
  "history/untrusted": {
    title: "The history tables could run somebody else's code",
    cause:
      "A table of migrator belongs to another role, can be written by another role, or has a " +
      "trigger, a rule or the like. Using it could run that role's code with the rights of this " +
      "one, so it is refused. A table that was made unlogged is refused too: a crash of the " +
      "server would delete its rows, and up would apply every migration again. Nothing was run.",
    steps: [
      [
        "Find out who changed the table, and why.",
        "psql -c '\\d+ migrator.migration_logs'",
        "psql -c '\\dp migrator.*'",
      ],
      [
        "If another role only owns it, connect as that role. If other roles may write it, take " +
        "that right from them, after looking at what is in the table.",
      ],
      [
        "Leave the tables where they are: they hold what was applied. Ask the owner to remove " +
        "the trigger or rule.",
      ],
    ],
    retry: "no",
  },
  "history/not-recorded": {
    title: "A migration was not recorded",
    cause:
      "The transaction of a migration ended in another way than planned, or its row is not in " +
      "the history: the migration ended the transaction itself, or touched the tables of the " +
      "history.",
    steps: [
      [
        "See what was tried, and compare it with the database.",
        "migrator describe VERSION --db NAME",
      ],
      ["Take the statement out of the migration that ends the transaction or touches the history."],
    ],
    retry: "no",
  },
  "history/not-run-by-hand": {
    title: "A privileged migration was not run yet",
    cause:
      "The migration was to be recorded as run by hand, and the extensions that it creates are " +
      "missing, or those that it removes are still there. Nothing was recorded.",
    steps: [
      [
        "Print the SQL again, and let an administrator run it in this database.",
        "migrator up --noop-privileged --db NAME",
      ],
      ["Then type the command with `--confirm` again."],
    ],
    retry: "no",
  },
  "history/cut-off": {
    title: "An attempt did not come to its end",
    cause: "The runner, its connection or the server went away while a migration ran outside a " +
      "transaction. This code stands in the history, with the attempt; commands do not end with " +
      "it.",
    steps: [
      ["See the attempts.", "migrator describe VERSION --db NAME"],
    ],
    retry: "no",
    seen: "history",
  },
  "history/uncounted": {
    title: "A statement could not be committed with its count",
    cause:
      "PostgreSQL does not run the statement in one transaction with the row that counts it. If " +
      "the attempt ends here, only the database itself shows whether the statement took effect. " +
      "This code stands in the history, with the attempt; commands do not end with it.",
    steps: [
      ["See what repair makes of it. Nothing is changed.", "migrator repair --dry-run --db NAME"],
    ],
    retry: "no",
    seen: "history",
  },
} satisfies Partial<Record<CodeOf<"history">, ErrorPage>>;
