// Pure.
/**
 * Pages about the order of migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Parents that make no order. */
export const GRAPH_ERRORS = {
  "graph/cycle": {
    title: "Migrations are each other's parents",
    cause:
      "Following the parents of a migration leads back to the migration itself, so that none of " +
      "them can come first. The message draws the cycle.",
    steps: [
      [
        "Look at the parents of the migrations that are named, and remove the one that is wrong " +
        "from its metadata.yaml.",
      ],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "graph/unknown-parent": {
    title: "A migration names a parent that does not exist",
    cause:
      "`parents` holds a version that no migration of this database has. It may be misspelt, or " +
      "the migration is on a branch that has not been merged.",
    steps: [
      ["Add the migration that is missing, or name the one that comes before."],
      ["Check the result.", "migrator graph --db NAME"],
    ],
    retry: "no",
  },
  "graph/no-root": {
    title: "No migration comes first",
    cause: "Every migration names parents. Exactly one must have none.",
    steps: [
      ["Write `parents: []` into the metadata.yaml of the migration that comes before all others."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "graph/several-roots": {
    title: "Several migrations have no parents",
    cause:
      "Only the first migration of a database may have no parents. The message lists those that " +
      "have none.",
    steps: [
      ["Name the parents of all but the first."],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
  "graph/duplicate-version": {
    title: "Two migrations have the same version",
    cause: "Versions identify migrations in the history, so each can be used once.",
    steps: [
      [
        "Give the one that was not shipped another version. `add` chooses one that is " +
        "free.",
      ],
      ["Check the result.", "migrator validate --db NAME"],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"graph">, ErrorPage>>;
