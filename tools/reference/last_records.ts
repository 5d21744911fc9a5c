/**
 * The last line of each command.
 *
 * @module
 */

import { DATABASE } from "./common_fields.ts";
import type { Fields, RecordKind } from "./record.ts";

const FAILURE = {
  code: "string: The error code. `migrator help CODE` says more about it.",
  message: "string: What was attempted, and the state found.",
  hint: "string|null: The next thing to do.",
  place: "object|null: Where in the files: `file`, and `line` and `column` from 1 where known.",
  facts: "object: What a program may want to know, such as `database`, `version`, `sqlstate`.",
} as const;

const MOVED = {
  databases: "array: The databases that it was about.",
  steps: "integer: How many migrations were run, or would be.",
  dry_run: "boolean: Whether nothing was run on purpose.",
} as const;

/** One batched migration. */
const BATCHED = {
  database: DATABASE,
  id: "string: The id of the batched migration.",
  job_class_name: "string: Its name.",
} as const;

const STATUS = "string: The state of the batched migration.";

const TEXT = { text: "string: What people are shown." } as const;

/** What `finished` says besides, by commands. */
const FINISHED: readonly (readonly [commands: readonly string[], fields: Fields])[] = [
  [[], TEXT],
  [["up", "down", "downto", "undo", "redo", "upgrade", "rollback", "plan", "adopt"], MOVED],
  [["script up", "script down", "script downto", "script upgrade", "script rollback"], {
    database: DATABASE,
    steps: "integer: How many steps the script has.",
  }],
  [["release cut"], {
    release: "string: The tag.",
    file: "string: The manifest.",
    state: "string: `written`, `up to date`, or `not written` with `--dry-run`.",
    findings: "integer: How many findings there were.",
  }],
  [["release list"], { releases: "integer: How many there are." }],
  [["release show"], { release: "string: The tag." }],
  [["release check"], {
    checked: "array: The releases, revisions or files that were looked at.",
    findings: "integer: How many findings there are.",
  }],
  [["repair"], {
    databases: "array: The databases that it was about.",
    found: "integer: How many findings there were.",
    done: "integer: How many of them are settled.",
    dry_run: "boolean: Whether nothing was done on purpose.",
  }],
  [["status"], { up_to_date: "boolean: Whether all databases are." }],
  [["describe"], { version: "string: The version that was asked for." }],
  [["validate"], { source: "string: Where the migrations are." }],
  [["graph", "leaves"], {}],
  [["docs"], { stale: "integer: How many files are not what the migrations make." }],
  [["verify"], {
    verified: "integer: How many migrations were verified.",
    findings: "integer: How many of them have a finding.",
  }],
  [["check"], { findings: "integer: How many findings there are, of all checks." }],
  [["lint"], {
    migrations: "integer: How many migrations were linted.",
    error: "integer: How many findings are errors.",
    warning: "integer: How many are warnings.",
    info: "integer: How many are only said.",
  }],
  [["squash"], {
    file: "string: What was written.",
    database: "string: The database of the product.",
    version: "string: The last migration that is squashed.",
    migrations: "integer: How many are squashed.",
    objects: "integer: How many objects they make.",
    statements: "integer: How many statements the squash has.",
    tables: "integer: How many tables have rows from migrations.",
  }],
  [["drift"], { drifted: "integer: How many of the server's databases differ." }],
  [["doctor"], {
    ok: "integer?: How many checks found nothing. Not with `--catalog`.",
    warn: "integer?: How many warn.",
    fail: "integer?: How many found what would be in the way.",
    file: "string?: What was written. With `--catalog` only.",
    databases: "array?: The databases of the product that are in it.",
    objects: "integer?: How many objects are in it.",
  }],
  [["config"], {
    config: "string|null?: The settings file.",
    source: "string?: Where the migrations are.",
    schema: "object?: The JSON Schema of migrator.yaml. With `--schema` only, and nothing else.",
  }],
  [["wait"], { databases: "array: The databases that are ready." }],
  [["serve"], {}],
  [["lock"], { held: "integer: How many databases are locked." }],
  [["add"], {
    database: DATABASE,
    version: "string?: The version of the new migration. Absent with `--background`.",
    parents: "array?: The versions that come before it.",
    paths: "array: The files that were written.",
  }],
  [["compat"], {
    breaking: "integer?: How many changes break the older release. Not with a command.",
    possible: "integer?: How many may. Not with a command.",
    status: "integer?: The exit status of the command.",
  }],
  [["convert"], {
    to: "string: The layout that was written.",
    output: "string: Where.",
  }],
  [["log add", "force"], {
    database: DATABASE,
    version: "string: The version of the migration.",
    direction: "string: `up` or `down`.",
    reason: "string: Why, as it is kept.",
    dry_run: "boolean: Whether nothing was recorded on purpose.",
  }],
  [["bundle inspect"], {
    file: "string: The executable.",
    tool: "string: The version of the program that wrote the bundle.",
    format: "integer: The format of the bundle.",
    databases: "array: The databases, each with `name`, `migrations` and `batched`.",
    releases: "array: The tags of the releases whose manifests it carries.",
    settings: "string|null: The settings file that it carries.",
    entries: "integer: How many files the ZIP has.",
    signed_by: "string|null: The fingerprint of the key that signed it.",
    verified: "boolean: Whether the signature was checked, with `--verify`.",
  }],
  [["bundle"], {
    output: "string: The executable that was written.",
    target: "string: What it runs on: `linux-x64-musl`.",
    version: "string: The version of migrator in it.",
    databases: "array: The databases that it carries.",
    migrations: "integer: How many migrations it carries.",
    bytes: "integer: Its size.",
    replaced: "object?: What its base carried: `databases`, `migrations`.",
    config: "string|null: The settings file that it carries.",
  }],
  [["background queue", "background requeue"], {
    ...BATCHED,
    status: STATUS,
    generation: "integer: How often it was queued.",
    queued: "boolean: Whether this command queued it.",
  }],
  [["background list"], { unfinished: "integer: How many batched migrations are not finished." }],
  [["background show"], { database: DATABASE, id: BATCHED.id, status: STATUS }],
  [["background plan"], { findings: "integer: How many findings there were." }],
  [["background test"], { seed: "integer: What repeats it: `--seed`." }],
  [["background work"], { batches: "integer: How many batches were done." }],
  [["background pause", "background resume", "background retry", "background delete"], {
    ...BATCHED,
    status: STATUS,
    previous_status: "string: Its state before.",
    changed: "boolean: Whether this command changed it.",
  }],
  [["background set"], { ...BATCHED, changes: "array: What changed: `name`, `from`, `to`." }],
  [["background finalize"], { ...BATCHED, status: STATUS }],
  [["background failures"], {
    database: DATABASE,
    id: BATCHED.id,
    status: STATUS,
    total: "integer: How many failures there are, those that are not listed included.",
  }],
  [["background quarantine list"], { ...BATCHED, rows: "integer: How many rows are listed." }],
  [["background quarantine retry"], {
    ...BATCHED,
    retried: "integer: How many rows were run again.",
    status: STATUS,
  }],
  [["background quarantine drop"], {
    ...BATCHED,
    dropped: "integer: How many rows were given up.",
  }],
  [["background janitor"], {
    jobs: "integer?: How many batches were folded.",
    foldable: "integer?: How many could be, where nothing says where their log goes.",
  }],
  [["completions"], { shell: "string: The shell.", text: "string: The script." }],
  [["version"], {
    version: "string: The version of migrator.",
    runtime: "string: What runs it: Deno, Bun or Node, with its version.",
    platform: "string: The operating system and the processor.",
  }],
  [["help"], {
    ...TEXT,
    pages:
      "array?: Of error codes: `code`, `exit_code`, `title`, `cause`, `steps`, `retry`, `seen`.",
    rules:
      "array?: Of rules of lint: `code`, `family`, `severity`, `title`, `why`, `recipe`, `bad`, `good`.",
  }],
];

const COMMAND = "string: The command. Empty where none was called.";

/** The last line, and those before it that tell of more than one failure. */
export const LAST_RECORDS: readonly RecordKind[] = [
  {
    events: ["failed"],
    commands: [],
    says: "The last line of a command that did not do what it was asked.",
    fields: {
      command: COMMAND,
      ...FAILURE,
      exit_code: "integer: The exit status of the process.",
    },
  },
  {
    events: ["failure"],
    commands: [],
    says: "One failure more, where several things are wrong. Printed before `failed`.",
    fields: FAILURE,
  },
  ...FINISHED.map(([commands, fields]): RecordKind => ({
    events: ["finished"],
    commands,
    says: commands.length === 0
      ? "The last line of any command with `--help`, and of `--version`."
      : "The last line of a command that did what it was asked.",
    fields: { command: COMMAND, ...fields },
  })),
];
