// Pure.
/**
 * Pages about executables that carry migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Bundles that cannot be written or read. */
export const BUNDLE_ERRORS = {
  "bundle/base": {
    title: "There is no executable to start from",
    cause:
      "`bundle` copies an executable and appends migrations. It runs from source, or `--base` " +
      "names something that is not a file.",
    steps: [
      [
        "Name an executable of migrator.",
        "migrator bundle --base dist/migrator --migrations migrations --output shop-migrator",
      ],
    ],
    retry: "no",
  },
  "bundle/base-damaged": {
    title: "The executable to start from is damaged",
    cause:
      "The executable that `--base` names, or the running one, is shorter than it was compiled, " +
      "or some of its bytes changed: a download was cut off, or a disk lost a bit.",
    steps: [
      ["Compare its SHA-256 with the one that was published beside it.", "sha256sum EXECUTABLE"],
      ["Copy it again from its source, or compile it anew.", "deno task compile"],
    ],
    retry: "no",
  },
  "bundle/base-foreign": {
    title: "The file is not an executable of migrator",
    cause: "`--base` names a file that is not a program, or the program of something else, or it " +
      "lacks the mark that executables of migrator have.",
    steps: [
      ["Name an executable of migrator for the platform that is wanted."],
      ["Make one for each platform from the sources.", "deno task compile --all"],
    ],
    retry: "no",
  },
  "bundle/base-too-old": {
    title: "The executable cannot read what would be appended",
    cause: "`--base` is an older migrator, which does not know the present format of bundles.",
    steps: [
      ["Name a newer executable with `--base`, or make the bundle with that older migrator itself."],
    ],
    retry: "no",
  },
  "bundle/base-signed": {
    title: "The executable is signed",
    cause:
      "What is appended behind a signature breaks it, so that the operating system would refuse " +
      "the result.",
    steps: [
      [
        "Name the executable as it was before it was signed, and sign the one that carries the " +
        "migrations.",
      ],
    ],
    retry: "no",
  },
  "bundle/changed": {
    title: "A migration changed while the bundle was made",
    cause:
      "A file was written between the moment it was checked and the moment it was packed. No " +
      "bundle was written.",
    steps: [
      ["Run the same command again, when nobody edits the migrations."],
    ],
    retry: "yes",
  },
  "bundle/corrupt": {
    title: "The migrations inside the executable are damaged",
    cause:
      "The carried archive cannot be read, or does not agree with its own list of checksums. " +
      "The file was probably cut off or changed on its way. Nothing was run.",
    steps: [
      ["Compare its SHA-256 with the one of the original.", "sha256sum ./migrator"],
      ["Copy the executable again from where it came."],
    ],
    retry: "no",
  },
  "bundle/format": {
    title: "The bundle is newer than the program that reads it",
    cause:
      "The migrations were packed by a newer migrator, in a format that this one does not know.",
    steps: [
      ["Use the version that the message names, or a newer one."],
      ["See which one this is.", "migrator version"],
    ],
    retry: "no",
  },
  "bundle/output": {
    title: "The bundle cannot be written",
    cause:
      "The path of `--output` is a directory, or the operating system refused to write there. A " +
      "bundle that was there before is untouched.",
    steps: [
      [
        "Check the directory and the space that is left, or name another file.",
        "ls -ld DIR",
        "df -h",
      ],
    ],
    retry: "no",
  },
  "bundle/password": {
    title: "The settings hold a password",
    cause:
      "The settings file would be carried inside the executable, where everybody who gets it " +
      "can read it. It holds a password, and the message says where.",
    steps: [
      [
        "Take the password out of the file. Where the bundle is run, NAME_PGPASSWORD, " +
        "PGPASSWORD and the pass file are asked for it.",
      ],
    ],
    retry: "no",
  },
  "bundle/too-many": {
    title: "There are too many files for one bundle",
    cause: "A bundle holds at most 65,535 files.",
    steps: [
      ["Carry the databases in several executables."],
    ],
    retry: "no",
  },
  "bundle/unreadable": {
    title: "The executable cannot be opened",
    cause:
      "The file that carries the migrations, or the one that `--base` names, cannot be opened " +
      "for reading.",
    steps: [
      ["Check that it exists, and that you may read it.", "ls -l FILE"],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"bundle">, ErrorPage>>;
