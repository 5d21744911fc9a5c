/**
 * The records of work on batched migrations. That all of `BackgroundEvent` is here, field by field, is
 * checked by the compiler.
 *
 * @module
 */

import type { BackgroundEvent } from "../../src/background/state/event.ts";
import type { BackgroundFields } from "./event_fields.ts";
import type { RecordKind } from "./record.ts";

type Described = {
  readonly [T in BackgroundEvent["type"]]: {
    readonly says: string;
    readonly fields: Omit<
      BackgroundFields<Extract<BackgroundEvent, { readonly type: T }>>,
      "event"
    >;
  };
};

/** Fields that say which batched migration it is about. */
export const MIGRATION = {
  database: "string: The database of the product.",
  batched_background_migration_id: "string: Its id.",
  job_class_name: "string: Its name.",
} as const;

const JOB = {
  ...MIGRATION,
  batched_background_migration_job_id: "string: The id of the batch.",
} as const;

const EVENTS: Described = {
  "job-transition": {
    says: "A batch changed its state. GitLab logs the same as “BatchedJob transition”.",
    fields: {
      ...JOB,
      previous_state: "string: `pending`, `running`, `failed` or `succeeded`.",
      new_state: "string: The same words.",
      job_arguments: "any: The arguments of the batched migration.",
      exception_class: "string?: What kind of error it was, for a failure.",
      exception_message: "string?: Its message.",
      worker: "string: Who worked on it: `host:pid:number`.",
      is_narrowed:
        "boolean?: True if the worker goes on at once with fewer rows, to find the one at fault.",
    },
  },
  "migration-transition": {
    says: "A batched migration changed its state.",
    fields: {
      ...MIGRATION,
      new_state:
        "string: `paused`, `active`, `deleted`, `finished`, `failed`, `finalizing` or `finalized`.",
      reason: "string?: Why.",
    },
  },
  "sub-batch": {
    says: "A sub-batch was committed.",
    fields: {
      ...JOB,
      cursor: "array: The last key that is done.",
      size: "integer: How many units it had.",
      affected: "integer: How many rows it changed.",
      milliseconds: "integer: How long it took.",
    },
  },
  held: {
    says: "The throttle holds a batched migration back.",
    fields: {
      ...MIGRATION,
      reason: "string: What the indicators say.",
      hold_for: "integer: Milliseconds until it is looked at again.",
      is_overdue:
        "boolean: It is held for longer than its declaration allows. Somebody should look.",
    },
  },
  slowed: {
    says: "The throttle lets a batched migration work slower.",
    fields: { ...MIGRATION, reason: "string: What the indicators say." },
  },
  "indicator-unreadable": {
    says:
      "The indicator that a batched migration declares cannot be read, so it holds nothing back.",
    fields: { ...MIGRATION, reason: "string: Why." },
  },
  resized: {
    says: "Batches get another size from now on.",
    fields: {
      ...MIGRATION,
      batch_size: "integer: Units of a batch.",
      sub_batch_size: "integer: Units of a sub-batch.",
      reason: "string: Why.",
    },
  },
  quarantined: {
    says: "A row that the database refuses was put aside.",
    fields: {
      ...JOB,
      key: "array: The key of the row.",
      exception_class: "string: What kind of error it was.",
      exception_message: "string: Its message.",
    },
  },
  "waiting-for-writers": {
    says:
      "A batched migration has not begun: transactions that wrote when it was first looked at are still open.",
    fields: { ...MIGRATION, transactions: "integer: How many." },
  },
  "lease-lost": {
    says:
      "This worker was taken for dead, and the batch is another's. Nothing of its last sub-batch was done.",
    fields: { ...JOB, worker: "string: This worker." },
  },
  archived: {
    says: "The janitor deleted batches, whose log is elsewhere now.",
    fields: {
      ...MIGRATION,
      part: "integer: Which part of them, from 1.",
      jobs: "integer: How many batches.",
      failures: "integer: How many failures were among them.",
      at: "string: When, ISO 8601.",
      place: "string?: Where the log is. Absent where it was not kept, as what follows.",
      sha256: "string?: Its digest.",
      bytes: "integer?: Its size.",
      lines: "integer?: Its lines.",
      transitions: "integer?: The transitions in it.",
    },
  },
  finding: {
    says: "Something about the table of a batched migration is in the way, or worth knowing.",
    fields: {
      level: "string: `warn` or `refuse`.",
      database: MIGRATION.database,
      job_class_name: MIGRATION.job_class_name,
      code: "string: An error code of the family `background`.",
      message: "string: What was found.",
      hint: "string: What to do.",
    },
  },
  "passed-over": {
    says: "This program cannot work on a batched migration. Others may.",
    fields: { ...MIGRATION, reason: "string: Why." },
  },
  "job-log": {
    says: "A job in TypeScript has something to say.",
    fields: { ...MIGRATION, message: "string: What." },
  },
  reconnecting: {
    says: "A worker lost its connection, and goes on with a new one.",
    fields: {
      database: MIGRATION.database,
      worker: "string: The worker.",
      reason: "string: Why.",
      in_ms: "integer: Milliseconds until it tries.",
    },
  },
};

/** What `migration-transition` calls itself: its own field `event` takes the place of the type. */
const TRANSITIONS = [
  "finalize",
  "finish",
  "fail",
  "sweep",
  "partitions-attached",
  "partition-gone",
  "table-rewritten",
] as const;

/** In the order of the type. */
export const BACKGROUND_RECORDS: readonly RecordKind[] = Object.entries(EVENTS)
  .map(([event, { says, fields }]) => ({
    events: event === "migration-transition" ? TRANSITIONS : [event],
    commands: [],
    says,
    fields,
  }));
