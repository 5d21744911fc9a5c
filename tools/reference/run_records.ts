/**
 * The records of a run of schema migrations. That all of `RunEvent` is here, field by field, is checked
 * by the compiler.
 *
 * @module
 */

import type { RunEvent } from "../../src/runner/context/event.ts";
import type { EventFields } from "./event_fields.ts";
import { DATABASE } from "./common_fields.ts";
import type { RecordKind } from "./record.ts";

type Described = {
  readonly [T in RunEvent["type"]]: {
    readonly says: string;
    readonly fields: EventFields<Extract<RunEvent, { readonly type: T }>>;
  };
};

/** Fields of what is about one script. */
const STEP = {
  database: DATABASE,
  version: "string: The version of the migration.",
  name: "string: Its name.",
  direction: "string: `up` or `down`.",
  file: "string: The file of the script, from the directory of migrations.",
} as const;

const NUMBERED = {
  number: "integer: Which step of the run it is, from 1.",
  of: "integer: How many steps the run has.",
} as const;

const BLOCKERS =
  "array: The sessions in its way, each with `pid`, `role`, `application`, `state`, `since` and what else the server shows of it. Empty where none could be seen.";

const EVENTS: Described = {
  connecting: {
    says: "The server could not be reached yet, and it is tried again.",
    fields: {
      database: DATABASE,
      server: "string: Where the server is, without the password.",
      why: "string: What the last attempt met.",
    },
  },
  "not-ready": {
    says:
      "`wait`, or an application that waits, found that the database is not ready. It is printed when that begins, and when the reason changes.",
    fields: {
      database: DATABASE,
      server: "string: Where the server is, without the password.",
      reason: "string: An error code, or a word such as `pending`.",
      why: "string: A clause that says it in words.",
    },
  },
  inherited: {
    says:
      "The role, the database or the server has a setting of its own that could change what migrations do.",
    fields: {
      database: DATABASE,
      name: "string: The setting.",
      value: "string: Its value, as the server shows it.",
      source: "string: Who set it, as in `pg_settings.source`.",
      applies: "boolean: Whether migrations run with it. If not, the run uses its own.",
    },
  },
  planned: {
    says:
      "The run holds the lock and knows what it will do. It is not printed when there is nothing to do.",
    fields: {
      database: DATABASE,
      steps: "integer: How many migrations will be run.",
      server: "string: Where the server is, without the password.",
    },
  },
  waiting: {
    says: "Another runner holds the migration lock, and this one waits.",
    fields: {
      database: DATABASE,
      holder:
        "object?: The session that holds the lock: `pid`, `application`, `role`, `host`, `since`. Absent where it cannot be seen.",
      seconds: "number: How long it has waited so far.",
    },
  },
  started: { says: "A migration begins.", fields: { ...STEP, ...NUMBERED } },
  retrying: {
    says: "A statement did not get its lock or met a deadlock, and is tried again after a pause.",
    fields: {
      ...STEP,
      why: "string: The reason, with the server's message.",
      detail: "string|null: The server's detail, such as who waits for whom in a deadlock.",
      seconds: "number: How long the pause is.",
      blockers: BLOCKERS,
    },
  },
  blocked: {
    says: "A statement waits long for a lock, and is not given up.",
    fields: {
      ...STEP,
      seconds: "number: How long it has waited so far.",
      blockers: BLOCKERS,
    },
  },
  silent: {
    says: "The server owes an answer and has sent nothing for a while.",
    fields: {
      database: DATABASE,
      seconds: "number: How long no byte has come.",
      is_reachable: "boolean: Whether the connection that holds the lock is still answered.",
    },
  },
  "awaiting-standby": {
    says: "A commit of the run waits until a standby confirms it.",
    fields: { database: DATABASE, seconds: "number: How long it has waited so far." },
  },
  index: {
    says: "Something was found or done about an index that is built concurrently.",
    fields: {
      ...STEP,
      index: "string: The index.",
      what:
        "string: `name-taken`, `already-valid`, `built-by-another-session` or `dropping-invalid`.",
    },
  },
  progress: {
    says: "How far the building of an index is, about once a second.",
    fields: {
      ...STEP,
      seconds: "number: How long it is watched.",
      index: "string|null: `schema.index`. Null while only the session that builds it can see it.",
      phase: "string: PostgreSQL's name of the phase.",
      percent: "integer|null: Percent of this phase. Null where the phase does not count.",
      blocks_done: "integer: As in `pg_stat_progress_create_index`.",
      blocks_total: "integer: As in `pg_stat_progress_create_index`.",
      tuples_done: "integer: As in `pg_stat_progress_create_index`.",
      tuples_total: "integer: As in `pg_stat_progress_create_index`.",
      lockers_done: "integer: Transactions that it has waited for.",
      lockers_total: "integer: Transactions that it has to wait for.",
      locker: "integer|null: The process of the one that it waits for now.",
    },
  },
  resuming: {
    says: "A statement that an earlier run did not bring to its end is finished, or was.",
    fields: {
      ...STEP,
      object: "string: The index, table or partition.",
      what:
        "string: `still-running`, `already-gone`, `dropping-again`, `already-detached`, `finishing-detach` or `dropping-leftover`.",
    },
  },
  notice: {
    says: "The server sent a notice or a warning while a migration ran.",
    fields: {
      ...STEP,
      severity: "string: The server's word: `NOTICE`, `WARNING`.",
      message: "string: What it says.",
    },
  },
  applied: {
    says: "A migration was run, up or down, and is committed with its row in the history.",
    fields: {
      ...STEP,
      ...NUMBERED,
      milliseconds: "integer: How long it took.",
    },
  },
  recorded: {
    says: "A migration that was run by hand is in the history now.",
    fields: { ...STEP, ...NUMBERED },
  },
  "step-failed": {
    says: "A migration failed. The reason is in the last line, `failed`.",
    fields: {
      ...STEP,
      place: "object: Where in the files: `file`, and `line` and `column` from 1 where known.",
    },
  },
  readers: {
    says: "Roles were given the right to read the history, as `readers` in migrator.yaml says.",
    fields: {
      database: DATABASE,
      roles: "array: The roles.",
      refused: "string|null: Why that was refused.",
    },
  },
  durable: {
    says: "Everything said to be applied before this line is on disk.",
    fields: { database: DATABASE },
  },
};

/** In the order in which a run may print them. */
export const RUN_RECORDS: readonly RecordKind[] = Object.entries(EVENTS)
  .map(([event, { says, fields }]) => ({ events: [event], commands: [], says, fields }));
