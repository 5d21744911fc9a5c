// Pure.
/**
 * Pages about shadow databases and drift.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** A schema could not be made in a shadow database. */
export const SHADOW_ERRORS = {
  "shadow/missing-extension": {
    title: "The shadow database lacks an extension",
    cause:
      "A migration, or the live schema, needs an extension that the shadow database cannot load. " +
      "Embedded PostgreSQL has most contrib extensions and no others.",
    steps: [
      [
        "Use a server that has the extension. A database is created there, and dropped again.",
        "migrator drift --shadow-url postgres://app@db.example/postgres",
      ],
    ],
    retry: "no",
  },
  "shadow/refused": {
    title: "The shadow database refused a statement",
    cause:
      "A statement of a migration, or of the live schema, does not run in the shadow database. " +
      "The message has the statement and the server's answer. The live database was not changed.",
    steps: [
      [
        "If it runs on the live server, use a shadow of the same release.",
        "migrator drift --shadow-url URL",
      ],
      ["Otherwise correct the migration that the message names."],
    ],
    retry: "no",
  },
  "shadow/role-missing": {
    title: "The shadow server lacks roles that the schema names",
    cause:
      "Owners and privileges name roles. Roles belong to the whole server, so none are created on " +
      "the server of --shadow-url.",
    steps: [[
      "Create the roles there as the hint says, or leave --shadow-url out.",
      "migrator drift",
    ]],
    retry: "no",
  },
  "shadow/server": {
    title: "The shadow server made no database",
    cause:
      "The role of --shadow-url may not create databases, or the server refused for another reason. " +
      "The message has its answer.",
    steps: [
      ["Let the role create databases, or name another role: ALTER ROLE ... CREATEDB."],
      ["Leave --shadow-url out to use embedded PostgreSQL.", "migrator drift"],
    ],
    retry: "no",
  },
} as const satisfies Readonly<Record<CodeOf<"shadow">, ErrorPage>>;

/** A squash could not be made. */
export const SQUASH_ERRORS = {
  "squash/batched": {
    title: "A squashed migration queues a batched migration that still lives",
    cause:
      "A squash runs no batched migration. A later migration may wait for one that a new database would " +
      "then never have.",
    steps: [
      [
        "Squash to an earlier migration, or to one after the batched migration is deleted.",
        "migrator squash --to 1650000500 --db NAME",
      ],
    ],
    retry: "no",
  },
  "squash/not-equal": {
    title: "The squash does not make what the migrations make",
    cause:
      "The squash was run in a second shadow database, and something came out differently. The message " +
      "lists what. No file was written.",
    steps: [
      [
        "If the difference depends on the server's release, use one of yours as the shadow.",
        "migrator squash --to 1650000500 --db NAME --shadow-url URL",
      ],
      ["Otherwise report it: it is a defect of migrator."],
    ],
    retry: "no",
  },
} as const satisfies Readonly<Record<CodeOf<"squash">, ErrorPage>>;

/** Drift could not be looked for. */
export const DRIFT_ERRORS = {
  "drift/found": {
    title: "The live schema is not what its migrations have made",
    cause:
      "With --drift refuse, up looked for drift before it ran anything, and found some. Nothing was run.",
    steps: [
      ["See what differs, and have the repair written.", "migrator drift --output DIR"],
      [
        "If nothing of it is in the way of the pending migrations, run them all the same.",
        "migrator up --drift warn",
      ],
    ],
    retry: "no",
  },
  "drift/no-history": {
    title: "There is no applied migration to compare with",
    cause: "The history of the database has no applied migration, so there is no expected schema.",
    steps: [["See where the database stands.", "migrator status --db NAME"]],
    retry: "no",
  },
  "drift/run-under-way": {
    title: "A run was committing migrations while the catalogs were read",
    cause:
      "The catalogs and the history must belong together. They were read several times, and each " +
      "time a run had committed a migration in between.",
    steps: [["Wait for the run to end.", "migrator wait"], ["Look again.", "migrator drift"]],
    retry: "yes",
  },
  "drift/unknown-migration": {
    title: "A migration that is applied is not at hand",
    cause:
      "The expected schema is made by running the applied migrations. One of them is not among the " +
      "migrations of this executable or directory, and a snapshot does not hold its SQL.",
    steps: [[
      "Use the migrations of the release that the database has.",
      "migrator drift --snapshot FILE --migrations DIR",
    ]],
    retry: "no",
  },
  "drift/unreadable-snapshot": {
    title: "The catalog in a file cannot be read",
    cause:
      "There is no such file, it is not what doctor --catalog writes, it was cut off, or a newer program wrote it.",
    steps: [[
      "Have it written again where the database is.",
      "migrator doctor --catalog FILE",
    ]],
    retry: "no",
  },
} as const satisfies Readonly<Record<CodeOf<"drift">, ErrorPage>>;
