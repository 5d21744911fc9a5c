// Pure.
/**
 * The tables of batched background migrations.
 *
 * Names, columns and numbers are GitLab's, so that queries published for GitLab's tables work here
 * too. The columns after the empty line of each table are migrator's additions. They are promises:
 * change them only by addition.
 *
 * @module
 */

import { schemaInstallLock } from "../../history/schema.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";

/** The tables, in an order in which each follows those that it references. */
export const BACKGROUND_TABLES = [
  "batched_background_migrations",
  "batched_background_migration_jobs",
  "batched_background_migration_job_transition_logs",
  "batched_background_migration_events",
  "batched_background_migration_quarantine",
  "batched_background_migration_summaries",
] as const;

/**
 * SQL that creates missing tables, in the transaction in which it is sent; safe to repeat. The
 * schema exists, because the history is created first.
 *
 * @param schema Its name, unquoted.
 */
export function createBackgroundTables(schema: string): string {
  return `
${schemaInstallLock(schema)};
${backgroundTables(schema)}`;
}

/** The same without the lock. */
export function backgroundTables(schema: string): string {
  const s = quoteIdentifier(schema);
  const note = (table: string, text: string) =>
    `COMMENT ON TABLE ${s}.${table} IS ${quoteLiteral(text)};`;
  return `
CREATE TABLE IF NOT EXISTS ${s}.batched_background_migrations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  min_value bigint,
  max_value bigint,
  batch_size integer NOT NULL,
  sub_batch_size integer NOT NULL,
  "interval" integer NOT NULL,
  status smallint NOT NULL,
  job_class_name text NOT NULL,
  batch_class_name text NOT NULL,
  table_name text NOT NULL,
  column_name text NOT NULL,
  job_arguments jsonb NOT NULL,
  total_tuple_count bigint,
  pause_ms integer NOT NULL,
  max_batch_size integer,
  started_at timestamptz,
  finished_at timestamptz,
  on_hold_until timestamptz,
  gitlab_schema text NOT NULL,
  queued_migration_version text,
  min_cursor jsonb,
  max_cursor jsonb,

  generation integer NOT NULL,
  direction text NOT NULL,
  declaration jsonb NOT NULL,
  declaration_checksum text NOT NULL,
  max_sub_batch_size integer,
  max_workers integer,
  walk jsonb,
  barrier jsonb,
  segment integer NOT NULL DEFAULT 0,
  position jsonb,
  sweep integer NOT NULL DEFAULT 0,
  hold_reason text,
  held_since timestamptz,
  served_at timestamptz,
  verified_at timestamptz,
  superseded_by bigint,
  tool_version text NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS batched_background_migrations_identity
  ON ${s}.batched_background_migrations
  (gitlab_schema, job_class_name, table_name, column_name, job_arguments, generation);

CREATE TABLE IF NOT EXISTS ${s}.batched_background_migration_jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  batched_background_migration_id bigint NOT NULL
    REFERENCES ${s}.batched_background_migrations ON DELETE CASCADE,
  min_value bigint,
  max_value bigint,
  batch_size integer NOT NULL,
  sub_batch_size integer NOT NULL,
  status smallint NOT NULL,
  attempts smallint NOT NULL DEFAULT 0,
  metrics jsonb NOT NULL DEFAULT '{}',
  pause_ms integer NOT NULL,
  min_cursor jsonb,
  max_cursor jsonb,

  segment integer NOT NULL DEFAULT 0,
  sweep integer NOT NULL DEFAULT 0,
  after_cursor jsonb,
  cursor jsonb,
  lease_token bigint NOT NULL DEFAULT 0,
  lease_expires_at timestamptz,
  worker text,
  backend_pid integer,
  next_attempt_at timestamptz,
  sub_batches bigint NOT NULL DEFAULT 0,
  units bigint NOT NULL DEFAULT 0,
  affected_rows bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX IF NOT EXISTS batched_background_migration_jobs_migration
  ON ${s}.batched_background_migration_jobs (batched_background_migration_id, status, id);

CREATE TABLE IF NOT EXISTS ${s}.batched_background_migration_job_transition_logs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batched_background_migration_job_id bigint NOT NULL
    REFERENCES ${s}.batched_background_migration_jobs ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  previous_status smallint NOT NULL,
  next_status smallint NOT NULL,
  exception_class text,
  exception_message text,

  sqlstate text,
  worker text,
  cursor jsonb,
  until_cursor jsonb
);
CREATE INDEX IF NOT EXISTS batched_background_migration_job_transition_logs_job
  ON ${s}.batched_background_migration_job_transition_logs (batched_background_migration_job_id, id);

CREATE TABLE IF NOT EXISTS ${s}.batched_background_migration_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  batched_background_migration_id bigint NOT NULL
    REFERENCES ${s}.batched_background_migrations ON DELETE CASCADE,
  event text NOT NULL,
  previous_status smallint,
  next_status smallint,
  who text NOT NULL,
  reason text,
  details jsonb
);
CREATE INDEX IF NOT EXISTS batched_background_migration_events_migration
  ON ${s}.batched_background_migration_events (batched_background_migration_id, id);

CREATE TABLE IF NOT EXISTS ${s}.batched_background_migration_quarantine (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL,
  batched_background_migration_id bigint NOT NULL
    REFERENCES ${s}.batched_background_migrations ON DELETE CASCADE,
  batched_background_migration_job_id bigint,
  segment integer NOT NULL DEFAULT 0,
  after_cursor jsonb,
  until_cursor jsonb NOT NULL,
  sqlstate text NOT NULL,
  message text NOT NULL,
  resolved_at timestamptz,
  resolution text
);
CREATE INDEX IF NOT EXISTS batched_background_migration_quarantine_migration
  ON ${s}.batched_background_migration_quarantine (batched_background_migration_id, id);

CREATE TABLE IF NOT EXISTS ${s}.batched_background_migration_summaries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batched_background_migration_id bigint NOT NULL UNIQUE
    REFERENCES ${s}.batched_background_migrations ON DELETE CASCADE,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  completed_at timestamptz,
  jobs_pending bigint NOT NULL DEFAULT 0,
  jobs_running bigint NOT NULL DEFAULT 0,
  jobs_failed bigint NOT NULL DEFAULT 0,
  jobs_succeeded bigint NOT NULL DEFAULT 0,
  units bigint NOT NULL DEFAULT 0,
  affected_rows bigint NOT NULL DEFAULT 0,
  sub_batches bigint NOT NULL DEFAULT 0,
  transitions bigint NOT NULL DEFAULT 0,
  attempts bigint NOT NULL DEFAULT 0,
  failures bigint NOT NULL DEFAULT 0,
  quarantined bigint NOT NULL DEFAULT 0,
  seconds_worked double precision NOT NULL DEFAULT 0,
  started_at timestamptz,
  finished_at timestamptz,
  first_batch_size integer,
  first_sub_batch_size integer,
  last_batch_size integer,
  last_sub_batch_size integer,
  archives jsonb NOT NULL,
  part jsonb,
  who text NOT NULL,
  lease_token bigint NOT NULL DEFAULT 0,
  lease_expires_at timestamptz
);

${
    note(
      "batched_background_migrations",
      "Batched background migrations, as GitLab has them. status: 0 paused, 1 active, 2 deleted, 3 finished, 4 failed, 5 finalizing, 6 finalized.",
    )
  }
${
    note(
      "batched_background_migration_jobs",
      "Batches. status: 0 pending, 1 running, 2 failed, 3 succeeded. cursor: the last key that is done.",
    )
  }
${
    note(
      "batched_background_migration_job_transition_logs",
      "Each change of a batch's status; next_status 2 is a failure, which may have been retried since.",
    )
  }
${
    note(
      "batched_background_migration_events",
      "What happened to a batched migration, who did it and why; only ever added to.",
    )
  }
${note("batched_background_migration_quarantine", "Rows that the database refused, put aside.")}
${
    note(
      "batched_background_migration_summaries",
      "What is kept of batches that the janitor has folded, a row for each migration; archives: where their log is.",
    )
  }
`;
}
