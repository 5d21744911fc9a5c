/**
 * The records of ways to another release.
 *
 * @module
 */

import type { RecordKind } from "./record.ts";

const DATABASE = "string: The database of the product.";
const VERSION = "string: The version of the migration.";

const WAY = ["rollback"] as const;

/** What `release` prints, and `rollback --dry-run` besides its steps. */
export const RELEASE_RECORDS: readonly RecordKind[] = [
  {
    events: ["release"],
    commands: ["release list", "release show"],
    says: "A release.",
    fields: {
      release: "string: Its tag.",
      after: "string|null: The release that it follows.",
      from: "string|null: The oldest release that may upgrade to it.",
      stop: "boolean: Whether it is a required stop.",
      databases: "object: By name, the `leaves` and how many `migrations` there are.",
    },
  },
  {
    events: ["release-migration"],
    commands: ["release show"],
    says: "A migration that the release adds to the one that it follows.",
    fields: { database: DATABASE, version: VERSION, name: "string: Its name." },
  },
  {
    events: ["release-batched"],
    commands: ["release show"],
    says: "A batched migration that migrations of the release queue.",
    fields: {
      database: DATABASE,
      name: "string: Its name.",
      queued_by: "string: The version of the last migration that queues it.",
      finalized_by: "string|null: The version of the migration that finalizes or deletes it.",
      finish_by: "string|null: The release that is to finalize it at the latest.",
    },
  },
  {
    events: ["release-finding"],
    commands: ["release check", "release cut", "check"],
    says: "Something that must not ship.",
    fields: {
      kind:
        "string: `edited`, `other-parents`, `removed`, `not-finalized`, `patch-finalizes`, `patch-destroys` or `unknown-release`.",
      release: "string: The tag, the revision, or `the files`.",
      database: "string|null: The database of the product.",
      version: "string|null: The version of the migration.",
      message: "string: What was found.",
      hint: "string: What to do about it.",
    },
  },
  {
    events: ["obstacle"],
    commands: WAY,
    says:
      "A reason why the way cannot be gone. Printed with `--dry-run`, in the order of the steps.",
    fields: {
      database: DATABASE,
      version: VERSION,
      name: "string: Its name.",
      direction: "string: `up` or `down`.",
      code: "string: The error code. `migrator help CODE` says more about it.",
      message: "string: What is in the way.",
      hint: "string|null: What to do about it.",
    },
  },
  {
    events: ["batched-way-back"],
    commands: WAY,
    says: "A batched migration that a reverted migration queued. Printed with `--dry-run`.",
    fields: {
      database: DATABASE,
      version: "string: The version of the migration that queued it.",
      id: "string: The id of its newest generation.",
      name: "string: Its name.",
      status: "string: The state of the batched migration.",
      disposition:
        "string: `unqueue` (it has changed no row), `undo` (its `down` runs to the end first), `undone` (that is done), `restore` (another migration queues it too), `stay` (finished, and what it has changed stays), `dropped` (all that it has written is dropped on the way), `half-done` (it is in the way), or `abandoned` (half done, and left so by `--abandon`).",
    },
  },
  {
    events: ["loss"],
    commands: WAY,
    says: "A table, a column or rows that the way destroys. Printed with `--dry-run`.",
    fields: {
      database: DATABASE,
      version: "string: The version of the migration whose script does it.",
      table: "string: The table, as SQL.",
      column: "string|null: The column; null for the table or rows of it.",
      by: "string: `DROP`, `TRUNCATE` or `DELETE`.",
      rows:
        "integer|null: Its rows, or those in which the column has a value; null if they could not be counted in time.",
      estimate: "integer|null: The server's estimate of the rows of the table.",
    },
  },
];
