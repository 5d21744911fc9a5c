// Pure.
/**
 * Reads `-- migrator: lockTimeout: 5s`: the settings of a migration without a metadata file.
 *
 * @module
 */

import { type CodeOf, Failure, type Place } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { lineComments } from "../../sql/scanner.ts";
import { suggest } from "../../suggest.ts";
import {
  type BatchedReference,
  REFERENCE_KEYS,
  type ReferenceKey,
} from "../batched/batched_reference.ts";
import type { Metadata } from "./definition.ts";
import { parseDuration } from "../../format/duration.ts";
import { parseReferences } from "../batched/read_references.ts";

/** The settings in the comments at the top of an up script. */
export interface Header {
  readonly transactionNone: boolean;
  readonly privileged: boolean;
  readonly nonIdempotent: boolean;
  /** The reason, and the 1-based line that states it. */
  readonly irreversible?: { readonly reason: string; readonly line: number };
  readonly dataLoss?: string;
  /** Milliseconds. */
  readonly lockTimeout?: number;
  readonly statementTimeout?: number;
  /** `queues`, `finalizes` and `deletes`, as in metadata. */
  readonly references: Pick<Metadata, ReferenceKey>;
  readonly referencePlaces: ReadonlyMap<BatchedReference, Place>;
}

interface HeaderOptions {
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

const KEYS = [
  "transaction",
  "privileged",
  "nonIdempotent",
  "lockTimeout",
  "statementTimeout",
  "irreversible",
  "dataLoss",
  ...REFERENCE_KEYS,
] as const;

type Key = typeof KEYS[number];

/** They say nothing of how the migration is run. */
const LINT_KEYS: readonly string[] = ["lintIgnore", "lintIgnoreFile"];

/**
 * Reads the header and reports its defects with line and column: unknown or repeated keys, invalid
 * values, and header lines after the first statement, which would have no effect.
 */
export function readHeader(text: string, options: HeaderOptions): Header {
  const values = new Map<Key, Exclude<Value["value"], false | undefined>>();
  const referencePlaces = new Map<BatchedReference, Place>();
  let irreversibleLine = 0;
  for (const line of headerLines(text)) {
    const key = KEYS.find((known) => known === line.key);
    const refuse = (code: CodeOf<"definition">, message: string, hint: string) =>
      options.report(
        new Failure(code, `${options.path} ${message}`, {
          hint,
          place: { file: options.path, ...lineAndColumn(text, line.start) },
        }),
      );
    if (!line.leading) {
      if (key !== undefined) {
        refuse(
          "definition/misplaced-header",
          `says \`${line.content}\` behind its first statement.`,
          "Move the line to the top of the file, above every statement.",
        );
      }
    } else if (key === undefined && LINT_KEYS.includes(line.key)) {
      // For `lint`, which reads them wherever they stand.
    } else if (key === undefined) {
      const meant = suggest(line.key, KEYS);
      refuse(
        "definition/unknown-key",
        `has the unknown key ${line.key === "" ? `\`${line.content}\`` : line.key}.`,
        meant === undefined
          ? `Write one key a line; known keys are ${KEYS.join(", ")}. ` +
            "A comment for people must not begin with `migrator:`."
          : `Did you mean \`${meant}\`?`,
      );
    } else if (values.has(key)) {
      refuse(
        "definition/unreadable-metadata",
        `says \`${key}\` twice.`,
        "Remove one of the lines.",
      );
    } else {
      const { value, hint } = VALUES[key](line.value);
      if (value === undefined) {
        refuse("definition/wrong-type", `has a value for \`${key}\` that cannot be used.`, hint);
      } else if (value !== false) values.set(key, value);
      for (const reference of typeof value === "object" ? value : []) {
        const place = { file: options.path, ...lineAndColumn(text, line.start) };
        referencePlaces.set(reference, place);
      }
      if (key === "irreversible") irreversibleLine = lineAndColumn(text, line.start).line;
    }
  }
  const reason = values.get("irreversible");
  const dataLoss = values.get("dataLoss");
  const lockTimeout = values.get("lockTimeout");
  const statementTimeout = values.get("statementTimeout");
  const references = REFERENCE_KEYS.flatMap((key) => {
    const list = values.get(key);
    return typeof list === "object" ? [[key, list] as const] : [];
  });
  return {
    transactionNone: values.has("transaction"),
    privileged: values.has("privileged"),
    nonIdempotent: values.has("nonIdempotent"),
    ...(typeof reason === "string" ? { irreversible: { reason, line: irreversibleLine } } : {}),
    ...(typeof dataLoss === "string" ? { dataLoss } : {}),
    ...(typeof lockTimeout === "number" ? { lockTimeout } : {}),
    ...(typeof statementTimeout === "number" ? { statementTimeout } : {}),
    references: Object.fromEntries(references),
    referencePlaces,
  };
}

/** Reports every header line in a file that must not have one, where it would have no effect. */
export function refuseHeader(
  text: string,
  { path, hint, report }: HeaderOptions & { readonly hint: string },
): void {
  for (const line of headerLines(text)) {
    if (!KEYS.some((key) => key === line.key)) continue;
    report(
      new Failure(
        "definition/misplaced-header",
        `${path} says \`${line.content}\`, which nobody would read there.`,
        { hint, place: { file: path, ...lineAndColumn(text, line.start) } },
      ),
    );
  }
}

interface HeaderLine {
  /** Offset of the text after `migrator:`. */
  readonly start: number;
  readonly leading: boolean;
  readonly content: string;
  /** Empty when the line has no key. */
  readonly key: string;
  readonly value: string;
}

/** The text without the lines that `readHeader` reads, for a file whose settings stand elsewhere. */
export function withoutHeader(text: string): string {
  let rest = text;
  // From the end, so that earlier offsets stay true.
  for (const { start, leading } of [...headerLines(text)].reverse()) {
    if (!leading) continue;
    const from = rest.lastIndexOf("--", start);
    const end = /\r\n|\r|\n|$/g;
    end.lastIndex = start;
    const found = end.exec(rest)!;
    rest = rest.slice(0, from) + rest.slice(found.index + found[0].length);
  }
  return rest;
}

function* headerLines(text: string): Generator<HeaderLine, void, undefined> {
  // Skip the scan, which reads the whole file, when there is no header line.
  if (!/--[ \t]*migrator:/.test(text)) return;
  for (const { start, end, leading } of lineComments(text)) {
    const match = /^--[ \t]*migrator:[ \t]*/.exec(text.slice(start, end));
    if (match === null) continue;
    const content = text.slice(start + match[0].length, end).trimEnd();
    const [, key = "", value = ""] = /^([A-Za-z_]+)[ \t]*(?::[ \t]*(.*))?$/.exec(content) ?? [];
    yield { start: start + match[0].length, leading, content, key, value };
  }
}

interface Value {
  /** Undefined when the value is invalid. */
  readonly value: string | number | boolean | readonly BatchedReference[] | undefined;
  readonly hint: string;
}

const flag = (key: Key) => (text: string): Value => ({
  value: text === "" || text === "true" ? true : text === "false" ? false : undefined,
  hint: `Write \`-- migrator: ${key}\`, or remove the line.`,
});

const duration = (key: Key) => (text: string): Value => ({
  value: parseDuration(text, { hasNone: true, isShipped: true }).milliseconds,
  hint: `Write a time such as \`-- migrator: ${key}: 500ms\`, \`2s\`, \`5min\`, or none.`,
});

const references = (key: ReferenceKey) => (text: string): Value => ({
  value: parseReferences(text),
  hint: `Write names of files in background/: \`-- migrator: ${key}: copy_ids\`.`,
});

const VALUES: Readonly<Record<Key, (text: string) => Value>> = {
  transaction: (text) => ({
    value: text === "none" ? true : undefined,
    hint: "Write `-- migrator: transaction: none`, or remove the line for the usual transaction.",
  }),
  privileged: flag("privileged"),
  nonIdempotent: flag("nonIdempotent"),
  lockTimeout: duration("lockTimeout"),
  statementTimeout: duration("statementTimeout"),
  irreversible: (text) => ({
    value: text === "" ? undefined : text,
    hint: "Write the reason: `-- migrator: irreversible: the rows are gone`.",
  }),
  dataLoss: (text) => ({
    value: text === "" ? undefined : text,
    hint: "Write the reason: `-- migrator: dataLoss: the old notes are not kept`.",
  }),
  queues: references("queues"),
  finalizes: references("finalizes"),
  deletes: references("deletes"),
};
