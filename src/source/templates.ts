// Pure.
/**
 * The templates of new migration files.
 *
 * @module
 */

import { stringify } from "yaml";

/** The files of a migration, by path below the database's folder. */
export interface Template {
  readonly version: bigint;
  readonly parents: readonly bigint[];
  /** A directory to make first. */
  readonly directory?: string;
  readonly files: readonly { readonly path: string; readonly content: string }[];
}

/** A migration that has a version and a name but no SQL yet. */
interface Blank {
  readonly version: bigint;
  /** May be empty. */
  readonly slug: string;
  readonly name: string;
  readonly parents: readonly bigint[];
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
export function directoryTemplate({ version, slug, name, parents }: Blank): Template {
  const directory = directoryName(String(version), slug);
  const quoted = stringify(name, { lineWidth: 0, blockQuote: false }).trimEnd();
  return {
    version,
    parents,
    directory,
    files: [
      {
        path: `${directory}/up.sql`,
        content: `${UP}, with \`createIndexConcurrently: true\` in
-- metadata.yaml; extensions need \`privileged: true\` there.
`,
      },
      { path: `${directory}/down.sql`, content: DOWN },
      {
        path: `${directory}/metadata.yaml`,
        content: `name: ${quoted}\nparents: [${parents.join(", ")}]\n`,
      },
    ],
  };
}

/** `<prefix>_<slug>/{up.sql,down.sql}`. */
export function plainDirectoryTemplate(
  { version, prefix, slug, name, parents }: PrefixedBlank,
): Template {
  const directory = directoryName(prefix, slug);
  return {
    version,
    parents,
    directory,
    files: [
      { path: `${directory}/up.sql`, content: plainUp(name) },
      { path: `${directory}/down.sql`, content: DOWN },
    ],
  };
}

/** `<prefix>_<slug>.up.sql` and `.down.sql`, or `.tx.up.sql` and `.tx.down.sql`. */
export function flatTemplate(
  { version, prefix, slug, name, parents, tx }: PrefixedBlank & { readonly tx: boolean },
): Template {
  const stem = `${prefix}_${slug}${tx ? ".tx" : ""}`;
  return {
    version,
    parents,
    files: [
      { path: `${stem}.up.sql`, content: plainUp(name) },
      { path: `${stem}.down.sql`, content: DOWN },
    ],
  };
}

function directoryName(prefix: string, slug: string): string {
  return slug === "" ? prefix : `${prefix}_${slug}`;
}

/** Without metadata the name is told in the file; it must not be taken for a header there. */
function plainUp(name: string): string {
  const title = name.replaceAll(/\s+/g, " ").trim().replace(/^migrator:/, "migrator");
  return `-- ${title}\n--\n${UP}.\n`;
}
