// Pure.
/**
 * Kinds of values: how each is read from text, what to write instead, and its JSON Schema.
 *
 * @module
 */

import {
  LAYOUT_NAMES,
  type LayoutName,
  type TransactionPolicy,
} from "../definition/migration/definition.ts";
import { DURATION_PATTERN, type DurationOptions, parseDuration } from "../format/duration.ts";

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** One kind of value. */
export interface ValueType<T> {
  /** Undefined when the text is none of this kind. */
  read(text: string): T | undefined;
  /** What to write, as a sentence. */
  readonly wants: string;
  readonly schema: JsonSchema;
}

/** Some text that is not blank. */
export const words: ValueType<string> = {
  read: (text) => text.trim() === "" ? undefined : text,
  wants: "Write some text.",
  schema: { type: "string", pattern: "\\S" },
};

/** Where a server is. What is wrong with it is told where it is used. Variables may leave it empty. */
export const url: ValueType<string> = {
  read: (text) => text,
  wants: "Write a URL such as postgres://app@db.example:5432/shop.",
  schema: { type: "string" },
};

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME = 63;

function isName(text: string): boolean {
  const { length } = new TextEncoder().encode(text);
  return length > 0 && length <= LONGEST_NAME && !text.includes("\0");
}

/** A role's name, as it is, without quotes. */
export const role: ValueType<string> = {
  read: (text) => isName(text) ? text : undefined,
  wants: `Write the role's name as it is, without quotes for SQL: at most ${LONGEST_NAME} bytes.`,
  schema: { type: "string", minLength: 1, maxLength: LONGEST_NAME },
};

/** The name of a schema that may be created, as it is, without quotes. */
export const schema: ValueType<string> = {
  read: (text) => isName(text) && !/^pg_|^information_schema$/.test(text) ? text : undefined,
  wants: `Write a name of at most ${LONGEST_NAME} bytes that is not PostgreSQL's own ` +
    "(pg_…, information_schema).",
  schema: {
    type: "string",
    minLength: 1,
    maxLength: LONGEST_NAME,
    pattern: "^(?!pg_|information_schema$)",
  },
};

/** Milliseconds. */
function durationType(options: DurationOptions): ValueType<number> {
  const none = options.hasNone ? " or none" : "";
  return {
    read: (text) => parseDuration(text, options).milliseconds,
    wants: `Write a time with its unit, such as 500ms, 2s, 5min or 1h30min${none}.`,
    schema: {
      anyOf: [
        ...(options.least ? [] : [{ enum: [0] }]),
        ...(options.hasNone ? [{ enum: ["none"] }] : []),
        { type: "string", pattern: DURATION_PATTERN },
      ],
    },
  };
}

/** A time; 0 is none at all. */
export const durationSetting: ValueType<number> = durationType({});

/** A limit that there always is. */
export const limitSetting: ValueType<number> = durationType({ least: 1 });

/** A limit that there may be; 0 and `none`: there is none. */
export const optionalLimitSetting: ValueType<number> = durationType({ hasNone: true });

/** A whole number from 0. */
export const countSetting: ValueType<number> = {
  read: (text) => /^\d{1,6}$/.test(text) ? Number(text) : undefined,
  wants: "Write a whole number, such as 11.",
  schema: {
    anyOf: [
      { type: "integer", minimum: 0, maximum: 999_999 },
      { type: "string", pattern: "^\\d{1,6}$" },
    ],
  },
};

/** One of a few words. */
function oneOf<const T extends string>(...choices: readonly T[]): ValueType<T> {
  return {
    read: (text) => choices.find((choice) => choice === text),
    wants: `Write one of: ${choices.join(", ")}.`,
    schema: { enum: choices },
  };
}

/** The layout of a database's migrations on disk. */
export const layout: ValueType<LayoutName> = oneOf(...LAYOUT_NAMES);

/** A variable of SQL files, and its value. */
export const assignment: ValueType<readonly [name: string, value: string]> = {
  read: (text) => {
    const [, name, value] = /^([A-Za-z_][\w:.-]*)=(.*)$/s.exec(text) ?? [];
    return name === undefined ? undefined : [name, value!];
  },
  wants: "Write a name and a value, such as `app_role=${APP_ROLE}`.",
  schema: { type: "string", pattern: "^[A-Za-z_][\\w:.-]*=" },
};

/** A pattern of addresses of objects. */
export const pattern: ValueType<string> = {
  read: (text) => /^\s*\S+\s+\S/.test(text) ? text : undefined,
  wants: 'Write a kind of object and a name, such as "INDEX public.customer_*".',
  schema: { type: "string", pattern: "^\\s*\\S+\\s+\\S" },
};

/** Which migrations have a transaction. */
export const transactionSetting: ValueType<TransactionPolicy> = oneOf(
  "auto",
  "single",
  "none",
  "as-named",
);

/** What becomes of a statement from which row level security would hide rows. */
export const rowSecurity: ValueType<"refuse" | "apply"> = oneOf("refuse", "apply");

/** When commits must be on disk. */
export const durable: ValueType<"run" | "each"> = oneOf("run", "each");

/** A major release, as the least that is supported. */
export const serverVersion: ValueType<number> = {
  read: (text) => {
    const major = Number(/^(?:>=\s*)?(\d\d)$/.exec(text.trim())?.[1] ?? 0);
    return major >= OLDEST_SERVER ? major : undefined;
  },
  wants: "Write a major release from 13 on, such as >=13.",
  schema: { anyOf: [{ type: "string", pattern: "^(>=\\s*)?[1-9]\\d$" }, { type: "integer" }] },
};

/** The oldest major release that migrator works with. */
const OLDEST_SERVER = 13;
