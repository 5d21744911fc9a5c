// Pure.
/**
 * Every key of `migrator.yaml`. Reading, the JSON Schema and the help are made of this table alone.
 *
 * Keys and their meanings are promises: they are only ever added to.
 *
 * @module
 */

import {
  assignment,
  countSetting,
  durable,
  durationSetting,
  layout,
  limitSetting,
  optionalLimitSetting,
  pattern,
  role,
  rowSecurity,
  schema,
  serverVersion,
  transactionSetting,
  url,
  type ValueType,
  words,
} from "./setting_type.ts";

/** One key. */
export interface KeySpec<T, L extends boolean = boolean> {
  readonly valueType: ValueType<T>;
  /** It takes a list of such values. */
  readonly list: L;
  /** The list may also be written as a mapping of names to values. */
  readonly isMapping?: true;
  /** `top`: it holds for the whole project. `each`: a database may have its own. */
  readonly where: "top" | "each";
  readonly says: string;
}

const top = <T>(valueType: ValueType<T>, says: string): KeySpec<T, false> => ({
  valueType,
  list: false,
  where: "top",
  says,
});

const each = <T>(valueType: ValueType<T>, says: string): KeySpec<T, false> => ({
  valueType,
  list: false,
  where: "each",
  says,
});

const eachList = <T>(valueType: ValueType<T>, says: string): KeySpec<T, true> => ({
  valueType,
  list: true,
  where: "each",
  says,
});

const eachMapping = <T>(valueType: ValueType<T>, says: string): KeySpec<T, true> => ({
  valueType,
  list: true,
  isMapping: true,
  where: "each",
  says,
});

/** The table. */
export const KEYS = {
  migrations: top(
    words,
    "The directory that holds the databases' directories, relative to this file.",
  ),
  historySchema: top(
    schema,
    "The PostgreSQL schema that keeps the history. Default: migrator. Choose it before the first " +
      "migration: what another schema keeps is not moved.",
  ),
  url: each(
    url,
    "Where the server is, when neither options nor environment variables say so: " +
      "postgres://app@db.example:5432/shop. Keep passwords out of it.",
  ),
  directUrl: each(url, "A way around the pooler that the server's URL leads to."),
  layout: each(
    layout,
    "The layout of the migrations, instead of what is detected; `add` begins a database with it.",
  ),
  transaction: each(
    transactionSetting,
    "auto (default): a transaction wherever the statements allow one. single: what cannot be in one " +
      "is refused unless the migration itself says `transaction: none`. none: no transaction unless " +
      "the file has BEGIN and COMMIT around it, or bun's .tx in its name. as-named: as bun does it, " +
      "by .tx in the name; in other layouts the same as auto.",
  ),
  variables: eachMapping(
    assignment,
    "What is put in place of variables in SQL files, where the tool of the layout does so: Flyway's " +
      "placeholders, goose's ENVSUB, tern's and graphile-migrate's variables. For example " +
      '["app_role=${APP_ROLE}"], or {app_role: "${APP_ROLE}"}. Nothing else of the environment is read.',
  ),
  readers: eachList(
    role,
    "Roles that are given the right to read the history, so that they can wait for the schema.",
  ),
  serverVersion: each(
    serverVersion,
    "The oldest major release of PostgreSQL that the product supports, such as >=14. `lint` says what " +
      "that one does not understand. Default: >=13.",
  ),
  lint: eachMapping(
    assignment,
    "How serious the findings of a rule of `lint`, or of a family of rules, are: error, warning, info or " +
      "off. For example {drop-column: warning, design: off}.",
  ),
  lockTimeout: each(
    limitSetting,
    "How long one statement may wait for a table's lock. Default: 2s.",
  ),
  lockRetries: each(
    countSetting,
    "How often a statement that got no lock is tried again. Default: 11.",
  ),
  lockWait: each(
    durationSetting,
    "How long to wait for another runner, or for a free connection. Default: 5min.",
  ),
  statementTimeout: each(
    optionalLimitSetting,
    "How long one statement may run, unless it is CONCURRENTLY. Default: none.",
  ),
  rowSecurity: each(
    rowSecurity,
    "What becomes of a statement from which row level security would hide rows: refuse (default) " +
      "makes it an error, apply lets it change only the rows that the role may see.",
  ),
  driftIgnore: eachList(
    pattern,
    "What may differ from what the migrations have made, as the address of an object, with * for any " +
      'characters: "INDEX public.customer_*", "EXTENSION *", "* audit.*", "COLUMN public.orders.note", ' +
      '"PRIVILEGES ON TABLE public.orders". What allows a table or a schema allows what is in it.',
  ),
  durable: each(
    durable,
    "When commits must be on disk: once per run (default), or after each migration.",
  ),
} as const;

/** The name of a key. */
export type ConfigKey = keyof typeof KEYS;

/** What a key's value is, once it is read. */
export type Value<K extends ConfigKey> = typeof KEYS[K] extends KeySpec<infer T, infer L>
  ? L extends true ? readonly T[] : T
  : never;

/** Every key, in the order of the table. */
export const KEY_NAMES = Object.keys(KEYS) as readonly ConfigKey[];

/** Keys that a database may have of its own. */
export const DATABASE_KEYS: readonly ConfigKey[] = KEY_NAMES.filter((key) =>
  KEYS[key].where === "each"
);
