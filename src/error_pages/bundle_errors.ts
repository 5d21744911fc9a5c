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
  "bundle/key": {
    title: "The key cannot be used",
    cause:
      "Bundles are signed with ed25519. The key is missing, is no PEM, is of another kind, or is " +
      "the private one where the public one is asked for.",
    steps: [
      [
        "Make a private key, and keep it secret.",
        "openssl genpkey -algorithm ed25519 -out key.pem",
      ],
      [
        "Give its public key to those who check.",
        "openssl pkey -in key.pem -pubout -out key.pub",
      ],
    ],
    retry: "no",
  },
  "bundle/none": {
    title: "The executable carries no migrations",
    cause: "`bundle inspect` was given a file without a bundle.",
    steps: [
      [
        "Make one that carries them.",
        "migrator bundle --migrations migrations --output shop-migrator",
      ],
    ],
    retry: "no",
  },
  "bundle/signature": {
    title: "The signature is not valid",
    cause: "The executable is not what was signed, or another key signed it than the one that is " +
      "trusted. The message says which. Nothing of it was run.",
    steps: [
      ["Do not use it. See who signed it.", "migrator bundle inspect FILE"],
      ["Get it again from its vendor, and compare the SHA-256 of the file.", "sha256sum FILE"],
    ],
    retry: "no",
  },
  "bundle/unsigned": {
    title: "The migrations are not signed",
    cause:
      "`MIGRATOR_TRUSTED_KEY` says that only signed migrations may be run, or `--verify` asked for " +
      "a signature, and there is none. Migrations in a directory are never signed.",
    steps: [
      ["Use the executable that the vendor has signed.", "migrator bundle inspect FILE"],
      [
        "Vendors sign with their private key.",
        "migrator bundle --sign key.pem --migrations migrations --output shop-migrator",
      ],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"bundle">, ErrorPage>>;
