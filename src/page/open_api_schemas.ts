// Pure.
/**
 * The schemas of the JSON API's values. Fields are only ever added.
 *
 * @module
 */

import { MIGRATION_STATUS } from "../background/state/state_machine.ts";

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const truth: Schema = { type: "boolean" };
const time: Schema = { type: "string", description: "ISO 8601." };
const anything: Schema = {};

function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: "null" }] };
}

function list(items: Schema): Schema {
  return { type: "array", items };
}

/** All fields are there, and no others. */
function record(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}

const cursor = list(text);

/** Why something was refused, or could not be read. */
export const troubleSchema = record({ code: text, message: text, hint: orNull(text) });

/** A line of the log. */
export const logSchema = record({
  at: time,
  database: text,
  text,
  level: { type: "string", enum: ["info", "warn", "error"] },
});

/** The fields that a batched migration has in the list, too. */
const PROGRESS = {
  database: text,
  id: text,
  job_class_name: text,
  table_name: text,
  column_name: text,
  job_arguments: { type: "object" },
  status: { type: "string", enum: Object.keys(MIGRATION_STATUS) },
  progress: orNull(number),
  created_at: time,
  estimated_time_remaining: orNull(text),
  seconds_left: orNull(number),
  started_at: orNull(time),
  finished_at: orNull(time),
  verified_at: orNull(time),
  generation: number,
  direction: { type: "string", enum: ["up", "down"] },
  queued_migration_version: orNull(text),
  superseded_by: orNull(text),
  paused_by: orNull(text),
  pause_reason: orNull(text),
  hold_reason: orNull(text),
  on_hold_until: orNull(time),
  slow_reason: orNull(text),
  failure: orNull(text),
  batch_size: number,
  sub_batch_size: number,
  pause_ms: number,
  interval: number,
  max_workers: orNull(number),
  total_tuple_count: orNull(number),
  migrated_tuples: number,
  affected_rows: number,
  rate: orNull(number),
  batches: record({ pending: number, running: number, failed: number, succeeded: number }),
  quarantined: number,
  dropped: number,
  archives: list({ type: "object" }),
} satisfies Readonly<Record<string, Schema>>;

const migrationSchema = record({
  version: text,
  name: text,
  standing: {
    type: "string",
    enum: ["applied", "pending", "failed", "dirty", "running", "newer"],
  },
  edited: truth,
  checksum: orNull(text),
  started_at: orNull(time),
  finished_at: orNull(time),
  who: orNull(text),
  last_error: orNull({ type: "object", required: ["code", "message"] }),
  parents: list(text),
});

/** A database. What could not be read is null, and `troubles` says why. */
export const databaseSchema = record({
  database: text,
  server: orNull(text),
  troubles: list(troubleSchema),
  installed: truth,
  durable: truth,
  up_to_date: orNull(truth),
  counts: orNull({ type: "object", additionalProperties: number }),
  migrations: orNull(list(migrationSchema)),
  batched_migrations: orNull(list(record(PROGRESS))),
});

const OF = { database: text, batched_background_migration_id: text, job_class_name: text };

const failureSchema = record({
  ...OF,
  transition_log_id: text,
  batched_background_migration_job_id: text,
  new_state: text,
  at: time,
  exception_class: text,
  exception_message: text,
  sqlstate: orNull(text),
  worker: orNull(text),
  segment: number,
  attempts: number,
  after_cursor: orNull(cursor),
  until_cursor: orNull(cursor),
  job_status: text,
  sql: orNull(text),
});

const quarantineSchema = record({
  ...OF,
  quarantine_id: text,
  batched_background_migration_job_id: orNull(text),
  at: time,
  segment: number,
  after_cursor: orNull(cursor),
  until_cursor: cursor,
  exception_class: text,
  exception_message: text,
  resolution: orNull(text),
  resolved_at: orNull(time),
});

const eventSchema = record({
  event_id: text,
  at: time,
  what: text,
  previous_status: orNull(text),
  next_status: orNull(text),
  who: text,
  reason: orNull(text),
  details: anything,
});

const workSchema = record({
  id: text,
  worker: text,
  started_at: time,
  updated_at: time,
  cursor: orNull(cursor),
  until: cursor,
  sub_batch_size: number,
  attempts: number,
  is_abandoned: truth,
});

/** A batched migration in detail. */
export const batchedSchema = record({
  ...PROGRESS,
  waits_for: orNull(text),
  in_work: list(workSchema),
  failure_count: number,
  failures: list(failureSchema),
  quarantine: list(quarantineSchema),
  events: list(eventSchema),
});
