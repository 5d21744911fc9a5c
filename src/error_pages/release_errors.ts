// Pure.
/**
 * Pages about releases.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Manifests of releases, and ways between releases. */
export const RELEASE_ERRORS = {
  "release/embedded": {
    title: "A release is cut from files, and not from an executable",
    cause:
      "`release cut` writes a file beside the migrations, and the migrations at hand are those " +
      "that the executable carries.",
    steps: [
      ["Name the directory of the migrations.", "migrator release cut TAG --migrations migrations"],
    ],
    retry: "no",
  },
  "release/exists": {
    title: "The release was cut before, with other contents",
    cause:
      "There is a manifest of this tag, and the migrations are not what it says. A release that " +
      "shipped does not change.",
    steps: [
      ["See what it has.", "migrator release show TAG"],
      ["Cut the next release.", "migrator release cut TAG"],
      ["If it has not shipped yet, write it anew.", "migrator release cut TAG --force"],
    ],
    retry: "no",
  },
  "release/findings": {
    title: "The release must not ship like this",
    cause:
      "The check that precedes `release cut` has findings, such as a shipped migration that was " +
      "edited, or a clean-up in a patch release. They were printed. Nothing was written.",
    steps: [
      ["Mend what is found, and look again.", "migrator release check"],
      ["If a finding is wanted, cut the release all the same.", "migrator release cut TAG --force"],
    ],
    retry: "no",
  },
  "release/format": {
    title: "The manifest was written by a newer program",
    cause: "Its format is one that this program does not know.",
    steps: [["Use the program that wrote it, or a newer one.", "migrator version"]],
    retry: "no",
  },
  "release/git": {
    title: "git could not be asked",
    cause:
      "Migrations are to be read as they were at a revision, and git is missing, does not know the " +
      "revision, or the migrations are not in a repository. The message has git's own words.",
    steps: [
      ["Look whether git knows the revision.", "git rev-parse REF"],
      ["A shallow clone, as CI makes it, may lack it.", "git fetch --tags origin"],
      ["Without git, compare releases that were cut.", "migrator release check TAG"],
      ["Without git, see the leaves of a release that was cut.", "migrator release show TAG"],
    ],
    retry: "no",
  },
  "release/manifest": {
    title: "A manifest cannot be read",
    cause: "The file is not JSON, or a value in it is missing or of the wrong kind. The message " +
      "says which.",
    steps: [
      ["Take the file from version control again: a release that shipped does not change."],
    ],
    retry: "no",
  },
  "release/not-carried": {
    title: "The program lacks migrations of the release",
    cause:
      "The release has migrations that the database still lacks, and a squash has replaced them in " +
      "this program. Nothing was run.",
    steps: [
      ["See what the release has.", "migrator release show TAG"],
      ["Use the executable of that release.", "migrator upgrade"],
    ],
    retry: "no",
  },
  "release/too-old": {
    title: "The database is older than the release can start from",
    cause: "The release says from which release on one may come (`from`), because a squash has " +
      "replaced the migrations before that. The database has not reached that release. Nothing " +
      "was run.",
    steps: [
      ["See which releases there are.", "migrator release list"],
      ["Upgrade first with the executable of the release that `from` names.", "migrator upgrade"],
    ],
    retry: "no",
  },
  "release/unknown": {
    title: "There is no such release",
    cause:
      "No manifest of this tag is among the migrations at hand. The tag may be mistyped, or the " +
      "executable may be older than the release.",
    steps: [["See the releases there are.", "migrator release list"]],
    retry: "no",
  },
} satisfies Record<CodeOf<"release">, ErrorPage>;
