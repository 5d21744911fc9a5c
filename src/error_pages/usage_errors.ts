// Pure.
/**
 * Pages about the command line.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Mistakes in the command line. */
export const USAGE_ERRORS = {
  "usage/no-command": {
    title: "No command was given",
    cause:
      "The command line names no command, or it names a group of commands such as `background` " +
      "and none of that group.",
    steps: [
      ["List the commands.", "migrator help"],
      ["List the commands of a group.", "migrator help background"],
    ],
    retry: "no",
  },
  "usage/unknown-command": {
    title: "There is no such command",
    cause:
      "The word in the command's place is not a command. It may be misspelt, or a command of " +
      "another tool: the message then says what does the same here.",
    steps: [
      ["List the commands.", "migrator help"],
    ],
    retry: "no",
  },
  "usage/unknown-option": {
    title: "The command has no such option",
    cause: "The option is misspelt, belongs to another command, or is one of another tool.",
    steps: [
      ["Read which options the command takes.", "migrator help up"],
    ],
    retry: "no",
  },
  "usage/unknown-code": {
    title: "There is no such error code",
    cause:
      "`migrator help` was given a code that does not exist. It may be misspelt, or belong to " +
      "another version of migrator.",
    steps: [
      ["List all error codes.", "migrator help errors"],
    ],
    retry: "no",
  },
  "usage/missing-value": {
    title: "An option has no value",
    cause: "The option needs a value, and the command line ends or goes on with another option " +
      "instead.",
    steps: [
      ["Read what the value is.", "migrator help up"],
    ],
    retry: "no",
  },
  "usage/missing-argument": {
    title: "The command needs an argument",
    cause: "A word that the command cannot do without was left out, such as the version for " +
      "`describe` or the rows for `background quarantine drop`.",
    steps: [
      ["Read which arguments the command takes.", "migrator help describe"],
    ],
    retry: "no",
  },
  "usage/missing-option": {
    title: "The command needs an option",
    cause: "An option that the command cannot do without was left out or is blank, such as " +
      "`--reason` for `log add` and `force`.",
    steps: [
      ["Read which options the command needs.", "migrator help log add"],
    ],
    retry: "no",
  },
  "usage/missing-version": {
    title: "repair --continue was given no version",
    cause: "`repair --continue` runs the rest of one migration, so it must be told which one.",
    steps: [
      [
        "See which migrations are dirty, and what repair would do. Nothing is changed.",
        "migrator repair --dry-run",
      ],
      [
        "Name one of them. Without --dry-run its statements are run.",
        "migrator repair VERSION --continue --db NAME --dry-run",
      ],
    ],
    retry: "no",
  },
  "usage/missing-file": {
    title: "A file named on the command line does not exist",
    cause:
      "There is no file at the path that `--data` of `background test`, or `--state` of `plan` and " +
      "`script`, names.",
    steps: [
      [
        "Check the path. The file of `--data` holds INSERT statements for the tables as they are " +
        "before the batched migration is queued; that of `--state` what `status --json` printed.",
        "ls -l FILE",
      ],
    ],
    retry: "no",
  },
  "usage/unexpected-value": {
    title: "An option was given a value that takes none",
    cause: "The option is a switch: it is written or left out. A value was given to it, as in " +
      "`--dry-run=false`.",
    steps: [
      ["Write the option alone to switch it on, or leave it out."],
    ],
    retry: "no",
  },
  "usage/excess-argument": {
    title: "The command was given more words than it takes",
    cause: "There are words behind the command that it has no use for. Often an option's name in " +
      "front of the word was forgotten, such as `--target` or `--db`.",
    steps: [
      ["Read which arguments the command takes.", "migrator help up"],
    ],
    retry: "no",
  },
  "usage/invalid-value": {
    title: "A value cannot be used",
    cause:
      "The value of an option or argument is not of the kind that is wanted. The message says " +
      "what to write.",
    steps: [
      [
        "Correct the value. A time is written with its unit: `500ms`, `2s`, `5min`, `2h`. A " +
        "version is a whole number.",
        "migrator help up",
      ],
    ],
    retry: "no",
  },
  "usage/invalid": {
    title: "The command line cannot be understood",
    cause:
      "Options were combined that exclude each other, or the command line is wrong in another " +
      "way that the message names.",
    steps: [
      ["Read how the command is used.", "migrator help up"],
    ],
    retry: "no",
  },
  "usage/how-far-down": {
    title: "down was not told how far to go",
    cause:
      "`down` takes either the number of migrations to take back, or the migration that stays. " +
      "Neither or both were given. Nothing was taken back.",
    steps: [
      [
        "Look at what would be taken back first. Nothing is changed.",
        "migrator down 1 --db NAME --dry-run",
      ],
      ["Or name the migration that stays.", "migrator down --target VERSION --db NAME --dry-run"],
    ],
    retry: "no",
  },
  "usage/which-direction": {
    title: "log add was not told what to record",
    cause: "`log add` needs exactly one of `--up` (all of the migration is in the database) and " +
      "`--down` (nothing of it is).",
    steps: [
      ["Look at the migration and at what was tried.", "migrator describe VERSION --db NAME"],
      [
        "Compare that with the database, and then say what holds. Without --dry-run it is recorded.",
        'migrator log add VERSION --up --reason "ran its SQL by hand" --db NAME --dry-run',
      ],
    ],
    retry: "no",
  },
  "usage/file-exists": {
    title: "The file to be written is there already",
    cause: "A command that writes a new file never replaces one.",
    steps: [["Name another file, or remove the one that is there."]],
    retry: "no",
  },
  "usage/state-file": {
    title: "The state file does not tell the state of the database",
    cause:
      "`--state` names what `migrator status --json` printed where the server can be reached. This " +
      "file is something else, is about another database, lists only a part of the migrations, was " +
      "written by a migrator that did not print enough, or does not suffice because the encoding of " +
      "the database is not UTF8. Nothing was written.",
    steps: [
      ["Have it made again, where the server can be reached.", "migrator status --json"],
      ["Then write the plan or the script from it.", "migrator plan --state FILE --db NAME"],
    ],
    retry: "no",
  },
  "usage/one-database": {
    title: "The command is about one database, and several are meant",
    cause:
      "The product has several databases, and the command cannot tell which one is meant: it " +
      "works on one at a time, or the version is known to several of them.",
    steps: [
      ["See which databases there are.", "migrator status"],
      ["Say which.", "migrator undo --db NAME --dry-run"],
    ],
    retry: "no",
  },
  "usage/command": {
    title: "The program behind -- does not start",
    cause:
      "`compat` runs the words behind `--` as a program with its arguments, without a shell, and " +
      "the operating system found no such program or may not run it.",
    steps: [
      ["Try the program by itself. For a line of shell, run a shell: `-- sh -c '…'`."],
    ],
    retry: "no",
  },
  "usage/queries": {
    title: "The statements of a release cannot be read",
    cause: "What --queries names is not there, or is neither SQL nor a JSON array of queries.",
    steps: [
      ["Name `.sql` files, or a directory that has them."],
      [
        "Or take what production runs.",
        "psql -Atc 'SELECT json_agg(query) FROM pg_stat_statements' > queries.json",
      ],
    ],
    retry: "no",
  },
  "usage/unknown-revision": {
    title: "An option names no version and no revision",
    cause:
      "What stands behind --since or --from is no version of a migration, and git does not know it as a branch, " +
      "tag or commit; or the migrations lie in no work tree of git. CI systems often fetch one branch " +
      "only.",
    steps: [
      ["See the versions there are.", "migrator graph"],
      ["Or fetch the branch to compare with.", "git fetch origin main"],
    ],
    retry: "no",
  },
  "usage/unknown-database": {
    title: "--db names no database of the product",
    cause:
      "No migrations belong to a database of that name. An empty name is refused too: it comes " +
      "from a script whose variable is not set, and must not mean all databases.",
    steps: [
      ["See which databases there are.", "migrator status"],
    ],
    retry: "no",
  },
  "usage/privileged-flags": {
    title: "Options for privileged migrations exclude each other",
    cause: "`--unprivileged-only` and `--noop-privileged` were given together, or `--confirm` " +
      "without `--noop-privileged`. Nothing was run.",
    steps: [
      [
        "To stop before privileged migrations, use the first alone.",
        "migrator up --unprivileged-only",
      ],
      [
        "To have their SQL printed for an administrator, use the second.",
        "migrator up --noop-privileged",
      ],
    ],
    retry: "no",
  },
  "usage/needs-bun": {
    title: "Compiling an executable needs Bun",
    cause:
      "`compileExecutable` was called in a program that runs under Deno or Node. Executables " +
      "are made by Bun's compiler.",
    steps: [
      ["Run the script that compiles with Bun.", "npx bun build.ts"],
    ],
    retry: "no",
  },
  "usage/system": {
    title: "The operating system refused something",
    cause: "A system call failed, such as opening a file or a socket. The message quotes the " +
      "operating system, and `facts.system_error` holds its code, such as ENOSPC or EACCES.",
    steps: [
      ["Check the path, its permissions and the space that is left.", "df -h", "ls -l PATH"],
      ["Then run the same command again."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"usage">, ErrorPage>>;
