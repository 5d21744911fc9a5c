/**
 * The records of commands about migration files and the schema that they make.
 *
 * @module
 */

import { DATABASE, NAME, SERVER, VERSION } from "./common_fields.ts";
import type { RecordKind } from "./record.ts";

/** Before the last line. */
export const AUTHOR_RECORDS: readonly RecordKind[] = [
  {
    events: ["page"],
    commands: ["status", "plan", "background show"],
    says: "The page of `--html`.",
    fields: { file: "string: Its path." },
  },
  {
    events: ["document"],
    commands: ["docs", "check"],
    says: "A file of schema documentation.",
    fields: {
      database: DATABASE,
      file: "string: Its path.",
      state: "string: `up to date`, `written`, or with `--check` `not up to date`.",
    },
  },
  {
    events: ["verified"],
    commands: ["verify", "check"],
    says: "A migration was applied, reverted and applied again in the shadow.",
    fields: {
      database: DATABASE,
      version: VERSION,
      name: NAME,
      result:
        "string: `reversible`, `irreversible` (it has no down script), or a finding: `different` (schema " +
        "or rows are not what they should be after a script), `refused`.",
      declared_loss:
        "array?: Rows that it loses, as its `dataLoss` declares. With `reversible` only.",
      differences:
        "array?: The objects that differ, and where they were made. With `different` only.",
      rows: "array?: The tables whose rows differ. With `different` only.",
      when: "string?: `down`, `up-after-down`, `up-twice` or `down-twice`. With findings only.",
      message: "string?: Which statement the server refused, and why. With `refused` only.",
      place: "object|null?: The script, and the line of the refused statement. With findings only.",
    },
  },
  {
    events: ["order-verified"],
    commands: ["verify", "check"],
    says: "All migrations were applied in another order of their graph.",
    fields: {
      database: DATABASE,
      result: "string: `same`, or a finding: `different`, `refused`.",
      order: "array: The versions.",
      differences: "array?: The objects that differ. With `different` only.",
      message: "string?: Which statement the server refused, and why. With `refused` only.",
      place: "object|null?: Where it stands. With `refused` only.",
    },
  },
  {
    events: ["not-verified"],
    commands: ["verify", "check"],
    says: "What was not checked.",
    fields: { database: DATABASE, what: "array: Clauses for people." },
  },
  {
    events: ["working"],
    commands: ["verify", "check"],
    says: "How far it is, every ten seconds.",
    fields: {
      what: "string: What is done.",
      done: "integer: How much of it is done.",
      total: "integer: How much there is.",
    },
  },
  {
    events: ["finding"],
    commands: ["lint", "check"],
    says: "A rule found something in a migration.",
    fields: {
      database: "string|null: The database of the product. Null for standard input.",
      version: "string|null: The version of the migration. Null for standard input.",
      code: "string: The rule. `migrator help CODE` says more about it.",
      family: "string: What the rule watches over.",
      severity: "string: `error`, `warning` or `info`.",
      message: "string: What was found.",
      place: "object: `file`, from the current directory, `line` and `column`.",
      end: "object: `line` and `column` just behind the statement.",
      measured: "array: What the statement was seen to do to tables in the shadow, in words.",
      why: "string: What goes wrong.",
      recipe: "string: The safe way, as SQL.",
    },
  },
  {
    events: ["difference"],
    commands: ["drift"],
    says: "The live schema differs from what the applied migrations make.",
    fields: {
      databases: "array: The databases of the product that share the server's database.",
      change: "string: `missing`, `extra` or `different`.",
      object: "string: The kind of the object and its name.",
      severity: "string: `error`, `warning` or `notice`.",
      fields: "array?: What differs in it, each with what was expected and what was found.",
    },
  },
  {
    events: ["drift"],
    commands: ["drift"],
    says: "One database of a server was compared.",
    fields: {
      databases: "array: The databases of the product that share it.",
      server: SERVER,
      server_version: "integer: The server's `server_version_num`.",
      shadow_version: "integer: That of the shadow which replayed the migrations.",
      applied: "integer: How many migrations were replayed.",
      differences: "integer: How many differences were found.",
      allowed: "integer: How many objects differ in what is allowed.",
      changing: "array: Objects that a migration changes which is not finished.",
      runners: "array: Processes that hold a migration lock.",
    },
  },
  {
    events: ["database"],
    commands: ["validate", "check"],
    says: "The migrations of a database are sound.",
    fields: {
      database: DATABASE,
      migrations: "integer: How many there are.",
      leaves: "array: The versions that nothing builds on.",
      layout: "string: The name of their layout, such as `golang-migrate`.",
      background: "array: The names of declared batched migrations.",
    },
  },
  {
    events: ["migration"],
    commands: ["graph"],
    says: "One migration, parents before children.",
    fields: {
      database: DATABASE,
      version: VERSION,
      name: NAME,
      parents: "array: The versions that come before it.",
    },
  },
  {
    events: ["incompatibility"],
    commands: ["compat", "check"],
    says: "Something that the older release may use, and does not find as it was.",
    fields: {
      database: DATABASE,
      code: "string: What kind it is: `column-gone`.",
      severity: "string: `breaks`, or `may-break`: it depends on what the release does.",
      object:
        "string: The object, such as `TABLE public.orders`; or the file and line of a statement.",
      what: "string: What changed.",
      consequence: "string: What the release notices.",
    },
  },
  {
    events: ["statement-unknown"],
    commands: ["compat", "check"],
    says: "A statement that the older schema refuses as well.",
    fields: {
      database: DATABASE,
      place: "string: Its file, and its line or number.",
      reason: "string: Why it cannot be prepared.",
    },
  },
  {
    events: ["check"],
    commands: ["check"],
    says: "What became of each check.",
    fields: {
      rows:
        "array: For each check its `name`; its `verdict`: `ok`, `findings`, `failed` (it could not be " +
        "made) or `not_checked`; `findings`, a count; `duration_ms`; with `failed` the error `codes`; " +
        "with `not_checked` the `reason`.",
    },
  },
  {
    events: ["converted"],
    commands: ["convert"],
    says: "The migrations of a database are written in another layout.",
    fields: {
      database: DATABASE,
      from: "string: The layout that they were read in.",
      to: "string: The layout that they were written in.",
      migrations: "integer: How many there are.",
      files: "array: The paths of the files.",
    },
  },
  {
    events: ["leaf"],
    commands: ["leaves"],
    says: "A migration that nothing builds on.",
    fields: { database: DATABASE, version: VERSION, name: NAME },
  },
];
