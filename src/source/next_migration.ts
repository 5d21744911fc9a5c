// Pure.
/**
 * The files of a migration that comes after all others.
 *
 * @module
 */

import type { DefinitionSet, LayoutName } from "../definition/migration/definition.ts";
import { compareVersions } from "../definition/migration/version.ts";
import { Failure } from "../failure.ts";
import { buildGraph } from "../graph/graph.ts";
import {
  directoryTemplate,
  flatTemplate,
  isOneFile,
  type MigrationText,
  oneFileTemplate,
  plainDirectoryTemplate,
  type Template,
} from "./templates.ts";

/** A migration that has no files yet. */
export interface Unwritten {
  readonly database: string;
  /** In the author's words. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of a database's first migration. Default: directory. */
  readonly layout?: LayoutName | undefined;
  /** Default: what explains to a person what to write. */
  readonly text?: MigrationText;
}

/**
 * The files in the layout that the others have, with a version after all of theirs; its parents are the
 * leaves.
 *
 * @param set The others; undefined: it is the first.
 * @throws {Failure} `definition/own-tool`, `definition/ambiguous-order`.
 */
export function nextMigration(
  set: DefinitionSet | undefined,
  { database, name, now, layout: first = "directory", text }: Unwritten,
): Template {
  const words = { slug: slugOf(name), name, ...(text === undefined ? {} : { text }) };
  if (set === undefined) return firstOf(first, { ...words, now });
  const { layout, definitions } = set;
  const graph = buildGraph(definitions, { database });
  const parents = graph.leaves;
  if (layout === "directory") {
    let version = BigInt(Math.floor(now / 1000));
    while (graph.get(version) !== undefined) version++;
    return directoryTemplate({ ...words, version, parents });
  }
  refuseOwnTool(layout, { database, name });
  const last = definitions.at(-1)!.up.path.slice(`${database}/`.length);
  const { version, prefix } = following(digitsOf(last), now);
  const blank = { ...words, version, prefix, slug: slugIn(layout, words.slug), parents };
  if (layout === "plain-directory" || layout === "hasura") {
    return plainDirectoryTemplate({ ...blank, slug: words.slug });
  }
  const isPair = definitions.some(({ up }) => up.path.endsWith(".up.sql"));
  if (isOneFile(layout) && !isPair) return oneFileTemplate(layout, blank);
  if (layout === "bun" && prefix < digitsOf(last)) throw wouldComeFirst(prefix, last);
  const tx = definitions.some(({ up }) => up.path.endsWith(".tx.up.sql"));
  return flatTemplate({ ...blank, tx });
}

/** The first migration of a database. In the line layouts its version is a time that people can read. */
function firstOf(
  layout: LayoutName,
  { now, ...words }: {
    readonly now: number;
    readonly slug: string;
    readonly name: string;
    readonly text?: MigrationText;
  },
): Template {
  const blank = { ...words, parents: [] };
  if (layout === "directory") {
    return directoryTemplate({ ...blank, version: BigInt(Math.floor(now / 1000)) });
  }
  refuseOwnTool(layout, { database: "", name: words.name });
  const isDashed = layout === "plain-directory";
  const before = isDashed
    ? "0000-00-00-000000"
    : layout === "hasura"
    ? "0000000000000"
    : "00000000000000";
  const dated = { ...blank, ...following(before, now) };
  if (isDashed || layout === "hasura") return plainDirectoryTemplate(dated);
  if (isOneFile(layout)) {
    return oneFileTemplate(layout, { ...dated, slug: slugIn(layout, words.slug) });
  }
  // By it everybody knows that the set is bun's.
  const tx = layout === "bun";
  return flatTemplate({ ...dated, slug: slugIn(layout, words.slug), tx });
}

/**
 * bun reads only names of Latin letters and digits. Neither bun nor tools with one file read a migration
 * without a name.
 */
function slugIn(layout: LayoutName, slug: string): string {
  const own = layout === "bun"
    ? slug.replaceAll(/[^0-9a-z_]+/g, "").replaceAll(/^_+|_+$/g, "")
    : slug;
  const needsName = layout === "bun" || isOneFile(layout);
  return needsName && own === "" ? "migration" : own;
}

/** What writes a migration together with a file of its own about all of them. */
const OWN_TOOLS: { readonly [layout in LayoutName]?: string } = {
  "atlas": "atlas migrate new",
  "drizzle": "drizzle-kit generate --custom --name",
  "prisma": "prisma migrate dev --create-only --name",
  "graphile-migrate": "graphile-migrate commit -m",
};

/** @throws {Failure} `definition/own-tool` for a layout whose own tool has to write its files. */
function refuseOwnTool(
  layout: LayoutName,
  { database, name }: { readonly database: string; readonly name: string },
): void {
  const command = OWN_TOOLS[layout];
  if (command === undefined) return;
  throw new Failure(
    "definition/own-tool",
    `A migration in the layout ${layout} is written by its own tool, which keeps a record of all of ` +
      "them beside it.",
    {
      hint: `${command} ${JSON.stringify(slugOf(name))}`,
      ...(database === "" ? {} : { place: { file: database } }),
    },
  );
}

/** Bytes of a name that file systems take (255), with room for version and ending. */
const LONGEST_SLUG = 180;

/** A name as files have it: letters and digits of any script, and underscores. May be empty. */
export function slugOf(name: string): string {
  const words = name.normalize("NFC").toLowerCase().replaceAll(/\s/g, "_")
    .replaceAll(/[^\p{L}\p{M}\p{N}_]+/gu, "").replaceAll(/^_+|_+$/g, "");
  let slug = "";
  for (const { segment } of new Intl.Segmenter().segment(words)) {
    if (new TextEncoder().encode(slug + segment).length > LONGEST_SLUG) break;
    slug += segment;
  }
  return slug;
}

/** The version as the name of a file or directory has it. */
function digitsOf(name: string): string {
  // Flyway's and refinery's begin with a letter; of 1.2 the next is 2.
  return /^[A-Z]?([0-9]+(?:-[0-9]+)*)/.exec(name.split("/").at(-1)!)?.[1] ??
    /^[0-9]+(?:-[0-9]+)*/.exec(name)![0];
}

function wouldComeFirst(prefix: string, last: string): Failure {
  return new Failure(
    "definition/ambiguous-order",
    `The next version is ${prefix}, which bun would run before ${last}: it compares them as text.`,
    {
      hint:
        "Rename the files so that all versions have the same number of digits, with room for more.",
    },
  );
}

const UNIX_SECONDS = 10;
const MILLISECONDS = 13;
const YEAR_TO_SECOND = 14;

/** 2017-10-06-234455, and newer diesel's with a counter behind it. */
const DASHED_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9]{6}(-[0-9]{4})?$/;

/** The version after the last one, written as the last one was: padded number, or time. */
function following(last: string, now: number): { version: bigint; prefix: string } {
  const digits = last.replaceAll("-", "");
  const isDashed = DASHED_TIME.test(last);
  const calendar = new Date(now).toISOString().replaceAll(/[^0-9]/g, "").slice(0, YEAR_TO_SECOND);
  const next = BigInt(digits) + 1n;
  const time = digits.length === MILLISECONDS
    ? BigInt(now)
    : isDashed || digits.length === YEAR_TO_SECOND
    ? BigInt(calendar.padEnd(digits.length, "0"))
    : digits.length === UNIX_SECONDS && !digits.startsWith("0")
    ? BigInt(Math.floor(now / 1000))
    : next;
  // The order of a line is that of its versions, so a clock that is behind must not decide.
  const version = compareVersions(time, next) < 0 ? next : time;
  const padded = String(version).padStart(digits.length, "0");
  return { version, prefix: isDashed ? withDashes(padded) : padded };
}

function withDashes(digits: string): string {
  const parts = [[0, 4], [4, 6], [6, 8], [8, 14], [14]].map(([from, to]) => digits.slice(from, to));
  return parts.filter((part) => part !== "").join("-");
}
