// Pure.
/**
 * The results of `verify`, for people and for programs.
 *
 * @module
 */

import { formatPlace, type Place } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import type { Style } from "../../report/style.ts";
import type { RowDifference } from "../../verify/compare_rows.ts";
import type { Moment, TracedDifference, Verification } from "../../verify/verify_migrations.ts";
import type { OrderVerification } from "../../verify/verify_orders.ts";
import { differenceLines } from "./difference_lines.ts";

/** What is said of a script that the server refused. */
export const REFUSED: Readonly<Record<Moment, string>> = {
  "down": "its down script cannot run",
  "up-after-down": "its up script cannot run again after its down script",
  "up-twice": "its up script cannot run twice",
  "down-twice": "its down script cannot run twice",
};

/** What is said of a script that leaves something else than it should. */
export const DIFFERENT: Readonly<Record<Moment, string>> = {
  "down": "its down script does not restore what was there",
  "up-after-down": "its up script makes something else after its down script",
  "up-twice": "its up script makes something else when it runs twice",
  "down-twice": "its down script does not restore what was there when it runs twice",
};

/** Of a way back that is empty, there may be thousands. */
const OBJECTS_SHOWN = 20;

const WORDS: Readonly<Record<"up" | "down", { missing: string; extra: string }>> = {
  down: { missing: "is gone", extra: "is left behind" },
  up: { missing: "is missing", extra: "is there in addition" },
};

/** The lines of a finding, or of a declared loss; none for other migrations. */
export function verificationLines(verification: Verification, style: Style): readonly string[] {
  const { definition } = verification;
  const label = style.bold(`${definition.version} ${definition.name}`.trimEnd());
  switch (verification.kind) {
    case "irreversible":
      return [];
    case "reversible":
      return verification.declaredLoss === undefined ? [] : [
        `${label}: loses rows, as it declares (${definition.metadata.dataLoss})`,
        ...verification.declaredLoss.map((one) => `    ${rowText(one)}`),
      ];
    case "refused": {
      const { failure: { message, place }, when } = verification;
      return [`${label}: ${REFUSED[when]}`, `    ${message}`]
        .concat(place ? [`    at ${formatPlace(place)}`] : []);
    }
    case "different": {
      const { when, differences, rows } = verification;
      const script = scriptOf(verification);
      return [
        `${label}: ${DIFFERENT[when]}`,
        ...(script === undefined ? [] : [`    at ${script.file}`]),
        ...differences.slice(0, OBJECTS_SHOWN)
          .flatMap((one) => tracedLines(one, { style, words: wordsOf(when) })),
        ...(differences.length > OBJECTS_SHOWN
          ? [
            `    and ${
              formatCount(differences.length - OBJECTS_SHOWN, "more object")
            } (--json lists all)`,
          ]
          : []),
        ...rows.map((one) => `    ${rowText(one)}`),
      ];
    }
  }
}

/** What is said of objects that are missing or extra after a script. */
export function wordsOf(when: Moment): { readonly missing: string; readonly extra: string } {
  return WORDS[when.startsWith("down") ? "down" : "up"];
}

/** The script that is at fault. */
export function scriptOf(
  { definition, when }: Extract<Verification, { readonly kind: "different" }>,
): Place | undefined {
  const script = definition[when.startsWith("down") ? "down" : "up"];
  return script === undefined ? undefined : { file: script.path };
}

function tracedLines(
  { difference, origin }: TracedDifference,
  format: Parameters<typeof differenceLines>[1],
): readonly string[] {
  const [object = "", ...fields] = differenceLines(difference, format);
  const made = origin === undefined ? "" : `, made at ${formatPlace(origin.place)}`;
  return [`${object}${made}`, ...fields].map((line) => `    ${line}`);
}

/** `rows of public.roles: 2 of 5 are gone, 1 was changed (name)`. */
export function rowText(
  { table, before, lost, added, changed, columns }: RowDifference,
): string {
  const found = [
    ...(lost === 0 ? [] : [`${lost} of ${before} ${lost === 1 ? "is" : "are"} gone`]),
    ...(added === 0 ? [] : [`${added} ${added === 1 ? "was" : "were"} added`]),
    ...(changed === 0
      ? []
      : [`${changed} ${changed === 1 ? "was" : "were"} changed (${columns.join(", ")})`]),
  ];
  return `rows of ${table}: ${found.join(", ")}`;
}

/** The result as a JSON object. */
export function verificationRecord(verification: Verification, database: string): JsonRecord {
  const { definition: { version, name }, kind } = verification;
  return {
    event: "verified",
    database,
    version,
    name,
    result: kind,
    ...(kind === "reversible" && verification.declaredLoss !== undefined
      ? { declaredLoss: verification.declaredLoss }
      : {}),
    ...(kind === "different"
      ? {
        when: verification.when,
        place: scriptOf(verification) ?? null,
        differences: verification.differences.map(({ difference, origin }) => ({
          change: difference.change,
          object: difference.address,
          madeAt: origin?.place ?? null,
          ...(difference.change === "different" ? { fields: difference.fields } : {}),
        })),
        rows: verification.rows,
      }
      : {}),
    ...(kind === "refused"
      ? {
        when: verification.when,
        message: verification.failure.message,
        place: verification.failure.place ?? null,
      }
      : {}),
  };
}

/** The lines of a finding about an order; none where it makes the same. */
export function orderLines(verification: OrderVerification, style: Style): readonly string[] {
  switch (verification.kind) {
    case "same":
      return [];
    case "refused": {
      const { message, place } = verification.failure;
      return [
        "another order of the graph cannot be run: a migration needs one that is none of its ancestors",
        `    ${message}`,
        ...(place === undefined ? [] : [`    at ${formatPlace(place)}`]),
        `    in the order ${orderText(verification)}`,
      ];
    }
    case "different":
      return [
        "another order of the graph makes another schema",
        ...verification.differences.flatMap((difference) =>
          differenceLines(difference, { style, words: WORDS.up })
        ).map((line) => `    ${line}`),
        `    in the order ${orderText(verification)}`,
      ];
  }
}

/** The same as a JSON object. */
export function orderRecord(verification: OrderVerification, database: string): JsonRecord {
  const { kind, order } = verification;
  return {
    event: "order-verified",
    database,
    result: kind,
    order: order.map(({ version }) => version),
    ...(kind === "different"
      ? {
        differences: verification.differences.map(({ change, address }) => ({
          change,
          object: address,
        })),
      }
      : {}),
    ...(kind === "refused"
      ? { message: verification.failure.message, place: verification.failure.place ?? null }
      : {}),
  };
}

/** Versions to show of an order. */
const SHOWN = 12;

function orderText({ order }: OrderVerification): string {
  const shown = order.slice(0, SHOWN).map(({ version }) => version).join(", ");
  const more = order.length - SHOWN;
  return more > 0 ? `${shown} and ${formatCount(more, "more", "more")}` : shown;
}
