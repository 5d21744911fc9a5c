// Pure.
/**
 * Events and failures as JSON objects for programs.
 *
 * @module
 */

import type { JsonRecord } from "./json_object.ts";
import type { AnsweredQuery } from "../connection/session/session.ts";
import type { Failure } from "../failure.ts";
import { withoutLiterals } from "../sql/without_literals.ts";
import { backgroundRecord, isBackground, type ReportedEvent } from "./background_text.ts";
import { CONTROLS } from "../format/escape_controls.ts";

/**
 * JSON with versions as strings, safe to show on a terminal: controls that JSON does not escape
 * (DEL, C1, bidirectional ones) are escaped, which does not change the parsed value.
 */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value, (_, v: unknown) => typeof v === "bigint" ? String(v) : v);
  return text.replace(
    CONTROLS,
    (control) => `\\u${control.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** Fields in snake case, whatever their spelling in the object. */
export function withSnakeCase(
  record: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}

/** The fields of a failure, for programs. */
export function failureFields(failure: Failure): Readonly<Record<string, unknown>> {
  return {
    code: failure.code,
    message: failure.message,
    hint: failure.hint ?? null,
    place: failure.place ?? null,
    facts: withSnakeCase(failure.facts),
  };
}

/** The most characters of a query to report. */
const LONGEST_QUERY = 4_000;

/** A query without its values. */
export function queryRecord({ sql, milliseconds, ...fields }: AnsweredQuery): JsonRecord {
  return {
    event: "query",
    ...fields,
    milliseconds: Math.round(milliseconds * 1_000) / 1_000,
    sql: withoutLiterals(sql, LONGEST_QUERY),
  };
}

/** An event of a run, or of background work. */
export function eventRecord(event: ReportedEvent): JsonRecord {
  if (isBackground(event)) return backgroundRecord(event);
  const { type, database, ...rest } = event;
  const { step, milliseconds, ...fields } = rest as {
    step?: Readonly<Record<string, unknown>>;
    milliseconds?: number;
  };
  const took = milliseconds === undefined ? {} : { milliseconds: Math.round(milliseconds) };
  return { event: type, database, ...step, ...fields, ...took };
}
