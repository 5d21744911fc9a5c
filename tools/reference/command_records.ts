/**
 * The records that commands about schema migrations print as their results.
 *
 * @module
 */

import { DATABASE, NAME, SERVER, VERSION } from "./common_fields.ts";
import type { RecordKind } from "./record.ts";

/** The session of a runner, in words. */
const SESSION =
  "`pid`, `application`, `role`, `host`, `state`, `since`, `seconds`, `query`, `silent`";

/** Commands that run what is planned, and say so per database. */
const MOVING = ["up", "down", "downto", "undo", "redo", "upgrade", "rollback", "adopt"] as const;

/** Before the last line. */
export const COMMAND_RECORDS: readonly RecordKind[] = [
  {
    events: ["warning"],
    commands: [],
    says: "Something that a person should know, and that stops nothing.",
    fields: { message: "string: What." },
  },
  {
    events: ["query"],
    commands: [],
    says: "The server answered a query. Printed with `--log-queries` only.",
    fields: {
      application: "string: What the session is called in `pg_stat_activity`.",
      milliseconds: "number: How long it took.",
      sql: "string: The query without its values, at most 4,000 characters.",
      sqlstate: "string?: Why it was refused.",
    },
  },
  {
    events: ["database"],
    commands: MOVING,
    says: "A database is done.",
    fields: {
      database: DATABASE,
      server: SERVER,
      steps: "integer: How many migrations were run, up or down.",
    },
  },
  {
    events: ["step"],
    commands: [...MOVING, "plan"],
    says: "A migration that would be run. Printed by `plan`, and with `--dry-run`.",
    fields: {
      database: DATABASE,
      version: VERSION,
      name: NAME,
      direction: "string: `up` or `down`.",
      file: "string: The file of the script, from the directory of migrations.",
      transaction: "string: `single`: it runs in one transaction; `none`: outside of any.",
      privileged: "boolean: Whether it needs rights that the role may lack.",
      by_hand: "boolean: Whether it would be recorded as run by hand, and not run.",
      statements: "integer: How many statements it has.",
      squashed: "integer?: How many migrations it stands for, where it is a squash.",
      queues: "array?: Batched migrations that it queues.",
      finalizes: "array?: Batched migrations that have to be finished first.",
      deletes: "array?: Batched migrations that it ends.",
    },
  },
  {
    events: ["script"],
    commands: ["script up", "script down", "script downto", "script upgrade", "script rollback"],
    says: "A plan as a file for psql.",
    fields: {
      database: DATABASE,
      server: SERVER,
      steps: "integer: How many steps it has.",
      file: "string|null: The file that was written.",
      sql: "string|null: The script, if no file was named and there is anything to do.",
    },
  },
  {
    events: ["privileged"],
    commands: ["up"],
    says:
      "A privileged migration that an administrator has to run by hand. Printed with `--unprivileged-only` and `--noop-privileged`.",
    fields: {
      database: DATABASE,
      server: SERVER,
      version: VERSION,
      name: NAME,
      file: "string: The file of the script.",
      transaction: "string: `single`: it belongs into one transaction; `none`: outside of any.",
      sql: "string|null: What has to be run now. Null when something else has to run before it.",
    },
  },
  {
    events: ["migration"],
    commands: ["status"],
    says: "Where one migration stands.",
    fields: {
      database: DATABASE,
      version: VERSION,
      name: NAME,
      standing: "string: `applied`, `pending`, `failed`, `dirty`, `running` or `newer`.",
      edited: "boolean: Whether it was applied, and its up script is another one now.",
      checksum:
        "string|null: The checksum of the script that the decisive attempt ran; null if there was none.",
      started_at: "string|null: When the decisive attempt began, ISO 8601.",
      finished_at: "string|null: When it ended.",
      who: "string|null: Who ran it.",
      last_error:
        "object|null: Why the newest attempt failed: `code`, `message`, `sqlstate`, `statement`, `file`, `line` and what else is known.",
    },
  },
  {
    events: ["database"],
    commands: ["status"],
    says: "Where a database stands as a whole.",
    fields: {
      database: DATABASE,
      server: SERVER,
      installed: "boolean: Whether the tables of the history exist.",
      durable: "boolean: Whether the newest run is known to be on disk as a whole.",
      up_to_date: "boolean: Whether nothing is pending, failed, dirty or running.",
      applied: "integer: How many migrations are applied.",
      pending: "integer: How many are pending.",
      failed: "integer: How many are pending after an attempt that was rolled back.",
      dirty: "integer: How many are half done.",
      running: "integer: How many are being run.",
      newer: "integer: How many are applied that this program does not know.",
      edited: "integer: How many were edited after they were applied.",
      background: "object: How many batched migrations are unfinished, by state.",
      role: "string: The role that asked.",
      search_path: "string: Its search_path.",
      encoding: "string: The encoding of the PostgreSQL database.",
      has_tables: "boolean: Whether it has tables besides migrator's and those of extensions.",
      foreign:
        "object|null: What shows that another tool migrated the database: `histories` and `tables`.",
    },
  },
  {
    events: ["foreign-history"],
    commands: ["adopt"],
    says: "How another tool's history agrees with the migrations.",
    fields: {
      database: DATABASE,
      server: SERVER,
      tool: "string|null: The tool; null for a baseline.",
      table: "string|null: Its table.",
      to_record: "array: The versions that are to be recorded.",
      edited: "array: Versions whose files are not what was applied.",
      unsettled: "array: Those that failed or did not end: `version`, `state`, `remark`.",
      missing: "array: What the table has and the files lack.",
      skipped: "array: Versions that are pending although later ones are applied.",
      pending: "array: Every version that is pending.",
    },
  },
  {
    events: ["definition"],
    commands: ["describe"],
    says: "A migration as it is defined.",
    fields: {
      database: DATABASE,
      carried:
        "boolean: Whether this program has it; if not, it is shown as the database keeps it.",
      version: VERSION,
      name: NAME,
      parents: "array: The versions that come before it.",
      children: "array: The versions that build on it.",
      metadata: "object: What its metadata says.",
      up: "string: The SQL of its up script.",
      down: "string?: The SQL of its down script. Absent where it has none.",
    },
  },
  {
    events: ["attempt"],
    commands: ["describe"],
    says: "One attempt at a migration, the oldest first.",
    fields: {
      database: DATABASE,
      id: "string: Its number in `migration_logs`.",
      direction: "string: `up` or `down`.",
      transactional: "boolean: Whether it ran in one transaction.",
      started_at: "string: When it began, ISO 8601.",
      finished_at: "string?: When it ended. Absent while it runs, or where it was cut off.",
      success: "boolean?: Whether it succeeded. Absent in the same cases.",
      statements_done: "integer: How many statements are done, outside transactions.",
      error: "object?: Why it failed.",
      who: "string: Who ran it.",
      host: "string: On which host.",
      tool_version: "string: The version of migrator.",
      note: "string?: The reason, where a person recorded it by hand.",
    },
  },
  {
    events: ["check"],
    commands: ["doctor"],
    says: "What one check found.",
    fields: {
      database: DATABASE,
      check: "string: The name of the check.",
      level: "string: `ok`, `warn` or `fail`.",
      found: "string: What was found.",
      next: "string|null: What to do.",
    },
  },
  {
    events: ["settings"],
    commands: ["config"],
    says: "The settings that hold for a database.",
    fields: {
      database: DATABASE,
      server: "string|null: Where the server is, without the password.",
      direct: "string|null: The way around the pooler.",
      history_schema: "string: As the key `historySchema`.",
      layout: "string: As the key `layout`; `detected` where none is set.",
      transaction: "string: As the key `transaction`.",
      readers: "array: As the key `readers`.",
      lock_timeout: "number: As the key `lockTimeout`, in milliseconds.",
      lock_retries: "integer: As the key `lockRetries`.",
      lock_wait: "number: As the key `lockWait`, in milliseconds.",
      statement_timeout: "number: As the key `statementTimeout`, in milliseconds. 0 is no limit.",
      durable: "string: As the key `durable`.",
      row_security: "string: As the key `rowSecurity`.",
      drift_ignore: "array: As the key `driftIgnore`.",
      server_version: "integer: As the key `serverVersion`: the oldest major release.",
      lint: "array: As the key `lint`: `RULE=SEVERITY`.",
      variables: "array: The names of variables that SQL files may use.",
      origins: "object: For each of them where it was set; null for a default.",
    },
  },
  {
    events: ["ready"],
    commands: ["wait"],
    says: "A database is ready.",
    fields: {
      database: DATABASE,
      server: SERVER,
      newer: "array: Versions that are applied and that this program does not know.",
    },
  },
  {
    events: ["lock"],
    commands: ["lock"],
    says: "How the migration lock of a database stands.",
    fields: {
      database: DATABASE,
      server: SERVER,
      held: "boolean: Whether somebody holds it.",
      holder: `object|null: The session that holds it: ${SESSION}.`,
      migration: "object|null: What it is busy with: `direction`, `version`.",
      worker: "object|null: The session that migrations run in, with the same fields.",
      blockers: "array: The sessions that are in the worker's way.",
      waiters: "array: The sessions that wait for the lock.",
      silent_seconds: "number|null: For how long nothing was heard of the holder's client.",
      to_end: "string|null: The SQL that would end the holder, for when its host is gone for good.",
    },
  },
  {
    events: ["finding"],
    commands: ["repair"],
    says: "Something that a run did not bring to its end.",
    fields: {
      database: DATABASE,
      version: "string|null: The version of the migration. Null for a whole run.",
      name: "string?: The name of the migration.",
      kind: "string: `attempt`: at one migration; `run`: what it committed may not be on disk.",
      state: "string: `running`, `failed`, `cut off` or `unfinished`.",
      direction: "string?: `up` or `down`.",
      attempt: "string?: Its number in `migration_logs`.",
      found: "string?: What was found.",
      statement: "integer|null?: The statement that was cut off or failed, from 1.",
      statements: "integer|null?: How many the script has.",
      place: "object|null?: Where the statement stands: `file`, `line`, `column`.",
      backend: "object|null: The session of the server that still works on it.",
      remedy:
        "string?: `wait`, `record`, `drop-index`, `check-index`, `next-run`, `continue` or `person`.",
      would: "string: What `repair` would do.",
      done: "boolean: Whether it was done.",
      started_at: "string?: When the run began.",
      committed: "array?: What the run committed.",
    },
  },
];
