// Pure.
/**
 * Pages about the files of migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Files, names and metadata of migrations. */
export const DEFINITION_ERRORS = {
  "definition/empty": {
    title: "A database has no migrations",
    cause: "The directory of the database holds no file or directory that looks like a migration.",
    steps: [
      ["Make the first one.", 'migrator add "create users" --db NAME'],
    ],
    retry: "no",
  },
  "definition/mixed-layouts": {
    title: "The directory mixes two layouts",
    cause: "The directory of a database holds migrations of two kinds: directories beside flat " +
      "files, or file names of golang-migrate beside signs of bun. They have different rules, " +
      "so only one can hold.",
    steps: [
      ["Move the files so that one layout is left."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/other-layout": {
    title: "The files do not fit the layout that is set",
    cause: "`layout` in migrator.yaml names one layout, and the migrations are of another one.",
    steps: [
      [
        "Correct `layout`, or leave it out to have the layout detected.",
        "migrator validate --db NAME",
      ],
    ],
    retry: "no",
  },
  "definition/malformed-name": {
    title: "A name is almost that of a migration",
    cause:
      "A file or directory looks as if it was meant to be a migration, and its name does not " +
      "have the form that the layout wants. It is refused, because passing over it would be " +
      "noticed too late.",
    steps: [
      ["Rename it as the message says, or so that it does not begin with a digit."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/duplicate-version": {
    title: "Two files have the same version",
    cause: "Two migrations have the same number. `001` and `1` are the same.",
    steps: [
      ["Give the one that was not shipped another version."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/version-too-large": {
    title: "A version is too large",
    cause: "A version does not fit into PostgreSQL's bigint.",
    steps: [
      ["Rename it. Versions go up to 9223372036854775807."],
    ],
    retry: "no",
  },
  "definition/ambiguous-order": {
    title: "bun would run the migrations in another order",
    cause:
      "bun compares versions as text, so that it runs 10 before 9. With versions of different " +
      "lengths, the order here and there would differ.",
    steps: [
      [
        "Rename the files so that all versions have the same number of digits. Where some were " +
        "applied already, keep their order.",
      ],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/nested-migration": {
    title: "A migration lies in a subdirectory",
    cause:
      "In bun's layout a migration lies in a subdirectory, where bun may find it and migrator " +
      "does not look.",
    steps: [
      ["Move it to the directory of the database if bun runs it, or else out of it."],
    ],
    retry: "no",
  },
  "definition/go-migration": {
    title: "A migration is written in Go",
    cause: "Only a Go program can run it.",
    steps: [
      [
        "Write what it does as SQL, in a file with the same version. Where it is applied " +
        "already, an empty file will do.",
      ],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/missing-up": {
    title: "The SQL of a migration is missing",
    cause: "There is no up file, or it is a link that leads nowhere.",
    steps: [
      ["Create it with the SQL of the migration."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/missing-down": {
    title: "The way back of a migration is missing",
    cause: "There is no down file, or it is a link that leads nowhere.",
    steps: [
      [
        "Create it with the SQL that undoes the migration. Leave it empty when nothing needs " +
        "undoing.",
      ],
      [
        "When there is no way back, say so: `irreversible: <reason>` in metadata.yaml, or `-- " +
        "migrator: irreversible: <reason>` at the top of the up file in other layouts.",
      ],
    ],
    retry: "no",
  },
  "definition/missing-metadata": {
    title: "The metadata of a migration is missing",
    cause: "A directory of this layout has SQL, and no metadata.yaml.",
    steps: [
      ["Create metadata.yaml with `name: …` and `parents: [<version of the migration before>]`."],
      [
        "See which migrations are last, and so the parents of a new one.",
        "migrator leaves --db NAME",
      ],
    ],
    retry: "no",
  },
  "definition/missing-key": {
    title: "A declaration lacks a key",
    cause: "The declaration of a batched migration does not have a key that it needs, such as " +
      "`table` or `sql`.",
    steps: [
      ["Add the key. The message says what it holds."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/unknown-key": {
    title: "Metadata has an unknown key",
    cause:
      "The file metadata.yaml, the header of an up file, or a declaration has a key that is not known. " +
      "It is refused, because a misspelt key would be without effect in silence.",
    steps: [
      ["Correct the key, or remove it. A comment for people must not begin with `migrator:`."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/wrong-type": {
    title: "Metadata has a value of the wrong kind",
    cause:
      "A key of metadata.yaml, of the header of an up file, or of a declaration has a value of " +
      "a kind that it does not take.",
    steps: [
      ["Write what the message asks for."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/unreadable-metadata": {
    title: "Metadata cannot be read",
    cause:
      "The file metadata.yaml or a declaration is not valid YAML, is not a mapping of keys to values, or " +
      "a header says a key twice. The message has the line.",
    steps: [
      ["Correct it at that place."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "definition/not-supported-yet": {
    title: "A key is not supported yet",
    cause: "The key is reserved for a later version of migrator, so this version cannot honour it.",
    steps: [
      ["Remove the key for now."],
      ["See which version this is.", "migrator version"],
    ],
    retry: "no",
  },
  "definition/misplaced-header": {
    title: "A header stands where it is not read",
    cause:
      "A line `-- migrator: …` stands behind the first statement, or in a down file. Headers " +
      "are read at the top of the up file only, and speak for both directions.",
    steps: [
      ["Move the line to the top of the up file, above every statement."],
    ],
    retry: "no",
  },
  "definition/unknown-directive": {
    title: "A line has a directive that bun does not know",
    cause: "The line begins with `--bun:` and is not `--bun:split`.",
    steps: [
      ["Write `--bun:split`, or remove the line."],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"definition">, ErrorPage>>;
