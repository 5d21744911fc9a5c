// Pure.
/**
 * The templates of new migration files.
 *
 * @module
 */

import { stringify } from "yaml";
import type { LayoutName } from "../definition/migration/definition.ts";

/** The files of a migration, by path below the database's folder. */
export interface Template {
  readonly version: bigint;
  readonly parents: readonly bigint[];
  /** A directory to make first. */
  readonly directory?: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** What a program writes into a migration. */
export interface MigrationText {
  readonly up: string;
  readonly down: string;
  /** Lines of metadata.yaml beyond name and parents, where the layout has one. */
  readonly metadata: readonly string[];
}

/** A migration that has a version and a name. */
interface Blank {
  readonly version: bigint;
  /** May be empty. */
  readonly slug: string;
  readonly name: string;
  readonly parents: readonly bigint[];
  /** Absent: a person writes it, and is told how. */
  readonly text?: MigrationText;
}

const UP = `-- What this migration does.
--
-- It runs in one transaction while the previous release may still be using the tables: add before
-- you remove, and prefer IF [NOT] EXISTS so that it can be run twice.
-- CREATE INDEX CONCURRENTLY needs a migration of its own`;

const DOWN = `-- What undoes the migration. Leave this file empty when nothing needs undoing.
`;

/** A migration whose version is written in a way of its own: padded, or with dashes. */
interface PrefixedBlank extends Blank {
  readonly prefix: string;
}

/** `<version>_<slug>/{up.sql,down.sql,metadata.yaml}`. */
export function directoryTemplate({ version, slug, name, parents, text }: Blank): Template {
  const directory = directoryName(String(version), slug);
  const quoted = stringify(name, { lineWidth: 0, blockQuote: false }).trimEnd();
  return {
    version,
    parents,
    directory,
    files: [
      {
        path: `${directory}/up.sql`,
        content: text?.up ?? `${UP}, with \`createIndexConcurrently: true\` in
-- metadata.yaml; extensions need \`privileged: true\` there.
`,
      },
      { path: `${directory}/down.sql`, content: text?.down ?? DOWN },
      {
        path: `${directory}/metadata.yaml`,
        content: [`name: ${quoted}`, `parents: [${parents.join(", ")}]`, ...text?.metadata ?? []]
          .map((line) => `${line}\n`).join(""),
      },
    ],
  };
}

/** `<prefix>_<slug>/{up.sql,down.sql}`. */
export function plainDirectoryTemplate(
  { version, prefix, slug, name, parents, text }: PrefixedBlank,
): Template {
  const directory = directoryName(prefix, slug);
  return {
    version,
    parents,
    directory,
    files: [
      { path: `${directory}/up.sql`, content: plainUp(name, text) },
      { path: `${directory}/down.sql`, content: text?.down ?? DOWN },
    ],
  };
}

/** `<prefix>_<slug>.up.sql` and `.down.sql`, or `.tx.up.sql` and `.tx.down.sql`. */
export function flatTemplate(
  { version, prefix, slug, name, parents, text, tx }: PrefixedBlank & { readonly tx: boolean },
): Template {
  const stem = `${prefix}_${slug}${tx ? ".tx" : ""}`;
  return {
    version,
    parents,
    files: [
      { path: `${stem}.up.sql`, content: plainUp(name, text) },
      { path: `${stem}.down.sql`, content: text?.down ?? DOWN },
    ],
  };
}

/** The line that begins the way back, in layouts whose files hold both; undefined: they hold none. */
const SECTIONS: {
  readonly [layout in LayoutName]?: { readonly up?: string; readonly down?: string };
} = {
  "goose": { up: "-- +goose Up", down: "-- +goose Down" },
  "dbmate": { up: "-- migrate:up", down: "-- migrate:down" },
  "sql-migrate": { up: "-- +migrate Up", down: "-- +migrate Down" },
  "node-pg-migrate": { up: "-- Up Migration", down: "-- Down Migration" },
  "tern": { down: "---- create above / drop below ----" },
  "sqlx": {},
  "supabase": {},
  "flyway": {},
  "refinery": {},
};

/** True for layouts in which a migration is one file. */
export function isOneFile(layout: LayoutName): boolean {
  return SECTIONS[layout] !== undefined;
}

/** `<prefix>_<slug>.sql`, or `V<prefix>__<slug>.sql`. */
export function oneFileTemplate(
  layout: LayoutName,
  { version, prefix, slug, name, parents, text }: PrefixedBlank,
): Template {
  const { up, down } = SECTIONS[layout]!;
  const isLettered = layout === "flyway" || layout === "refinery";
  const lines = [
    ...(up === undefined ? [] : [up]),
    plainUp(name, text),
    ...(down === undefined ? [] : [down, text?.down ?? DOWN]),
  ];
  return {
    version,
    parents,
    files: [{
      path: isLettered ? `V${prefix}__${slug}.sql` : `${prefix}_${slug}.sql`,
      content: lines.map((line) => `${line.trimEnd()}\n`).join("\n"),
    }],
  };
}

function directoryName(prefix: string, slug: string): string {
  return slug === "" ? prefix : `${prefix}_${slug}`;
}

/** Without metadata the name is told in the file; it must not be taken for a header there. */
function plainUp(name: string, text: MigrationText | undefined): string {
  const title = name.replaceAll(/\s+/g, " ").trim().replace(/^migrator:/, "migrator");
  return `-- ${title}\n--\n${text?.up ?? `${UP}.\n`}`;
}
