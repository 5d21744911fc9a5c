/**
 * Which layout a folder of migrations has.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { atlasLayout } from "./atlas_layout.ts";
import { bunLayout } from "./bun_layout.ts";
import { dbmateLayout } from "./dbmate_layout.ts";
import type { LayoutName } from "../migration/definition.ts";
import { directoryLayout } from "./directory_layout.ts";
import { drizzleLayout } from "./drizzle_layout.ts";
import { isFlatFile } from "./flat_files.ts";
import { flywayLayout } from "./flyway_layout.ts";
import { golangMigrateLayout } from "./golang_migrate_layout.ts";
import { gooseLayout } from "./goose_layout.ts";
import { graphileMigrateLayout } from "./graphile_migrate_layout.ts";
import { hasuraLayout } from "./hasura_layout.ts";
import type { Layout, Tree, TreeEntry } from "./layout.ts";
import { nodePgMigrateLayout } from "./node_pg_migrate_layout.ts";
import { plainDirectoryLayout } from "./plain_directory_layout.ts";
import { prismaLayout } from "./prisma_layout.ts";
import { refineryLayout } from "./refinery_layout.ts";
import { sqlMigrateLayout } from "./sql_migrate_layout.ts";
import { sqlxLayout } from "./sqlx_layout.ts";
import { supabaseLayout } from "./supabase_layout.ts";
import { ternLayout } from "./tern_layout.ts";

const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  // Those with a mark are tried in this order: words in files count before what lies beside them.
  "goose": gooseLayout,
  "dbmate": dbmateLayout,
  "sql-migrate": sqlMigrateLayout,
  "node-pg-migrate": nodePgMigrateLayout,
  "tern": ternLayout,
  "graphile-migrate": graphileMigrateLayout,
  "sqlx": sqlxLayout,
  "drizzle": drizzleLayout,
  "atlas": atlasLayout,
  "prisma": prismaLayout,
  "hasura": hasuraLayout,
  "refinery": refineryLayout,
  "flyway": flywayLayout,
  "bun": bunLayout,
  "supabase": supabaseLayout,
  "directory": directoryLayout,
  "plain-directory": plainDirectoryLayout,
  "golang-migrate": golangMigrateLayout,
};

/** True when a folder has an entry that is called like a migration, in whichever layout. */
export function holdsMigrations(entries: readonly TreeEntry[]): boolean {
  return entries.some((entry) => recognisedBy(entry).length > 0);
}

/** True when it can be told what layout a folder has: not by numbers in front of names alone. */
export async function isMarked(tree: Tree): Promise<boolean> {
  const entries = await tree.list("") ?? [];
  if (entries.some((entry) => directoryLayout.recognises(entry) || isFlatFile(entry))) return true;
  for (const { mark } of Object.values(LAYOUTS)) {
    if (await mark?.(tree) !== undefined) return true;
  }
  return false;
}

/** The layouts that have migrations with such a name. */
function recognisedBy(entry: TreeEntry): readonly Layout[] {
  return Object.values(LAYOUTS).filter((layout) => layout.recognises(entry));
}

/**
 * The layout that the project names, else the first whose mark the folder has. Without a mark,
 * directories have metadata, all of them, as soon as one has; and pairs of files are golang-migrate's.
 *
 * @param options.layout What the project says it is: taken as it is, if the files can be that.
 * @throws {Failure} `definition/empty`, `definition/mixed-layouts`, `definition/other-layout`,
 * `definition/unknown-layout`, `definition/nested-migration`.
 */
export async function detectLayout(
  tree: Tree,
  { database, layout }: { readonly database: string; readonly layout?: LayoutName | undefined },
): Promise<Layout> {
  const entries = await tree.list("") ?? [];
  const found = entries.filter((entry) => recognisedBy(entry).length > 0);
  const [first] = found;
  if (first === undefined) {
    throw new Failure("definition/empty", `${database} has no migrations.`, {
      hint: `Make the first one with \`migrator add --db ${database} NAME\`.`,
      place: { file: database },
    });
  }
  const directory = found.find(({ isDirectory }) => isDirectory);
  const flat = found.find(isFlatFile);
  if (directory !== undefined && flat !== undefined) {
    throw mixed(database, `the directory ${directory.name} and the file ${flat.name}`, flat);
  }
  await refuseNested(tree, { database, entries: found });
  if (layout !== undefined) {
    if (found.some(LAYOUTS[layout].recognises)) return LAYOUTS[layout];
    throw new Failure(
      "definition/other-layout",
      `${database} is to have the layout ${layout}, but ${first.name} is ` +
        `${first.isDirectory ? "a directory" : "a file of another name than its migrations have"}.`,
      {
        hint: "Correct `layout` in migrator.yaml, or leave it out to have the layout detected.",
        place: { file: `${database}/${first.name}` },
      },
    );
  }
  for (const candidate of Object.values(LAYOUTS)) {
    const mark = await candidate.mark?.(tree);
    if (mark !== undefined && found.some(candidate.recognises)) return candidate;
  }
  if (flat !== undefined) return golangMigrateLayout;
  if (directory === undefined) throw unknownLayout(database, first);
  const directories = found.filter(directoryLayout.recognises);
  return await haveMetadata(tree, directories) ? directoryLayout : plainDirectoryLayout;
}

function mixed(database: string, what: string, { name }: TreeEntry): Failure {
  return new Failure("definition/mixed-layouts", `${database} mixes two layouts: ${what}.`, {
    hint: "Use one: move the flat files to directories, or the directories to flat files.",
    place: { file: `${database}/${name}` },
  });
}

/** A directory with a number that holds migrations of their own, such as those of a year. */
async function refuseNested(
  tree: Tree,
  { database, entries }: { readonly database: string; readonly entries: readonly TreeEntry[] },
): Promise<void> {
  for (const { name } of entries.filter(directoryLayout.recognises)) {
    const inner = (await tree.list(name) ?? []).find(isFlatFile);
    if (inner === undefined) continue;
    throw new Failure(
      "definition/nested-migration",
      `${database}/${name}/${inner.name} lies in a subdirectory, and migrations are looked for in ` +
        `${database} itself.`,
      {
        hint: `Move the files up: mv ${database}/${name}/* ${database}/`,
        place: { file: `${database}/${name}/${inner.name}` },
      },
    );
  }
}

/** Layouts whose files may be without any mark. */
const UNMARKED: readonly LayoutName[] = [
  "sqlx",
  "supabase",
  "atlas",
  "tern",
  "node-pg-migrate",
  "refinery",
];

/** Several tools number their files in the same way, and read them differently. */
function unknownLayout(database: string, entry: TreeEntry): Failure {
  const names = UNMARKED.filter((name) => LAYOUTS[name].recognises(entry));
  return new Failure(
    "definition/unknown-layout",
    `${database}/${entry.name} is called like a migration of several tools, and nothing in ` +
      `${database} shows which one it is.`,
    {
      hint: `Name the tool in migrator.yaml, such as \`layout: ${names[0]}\`; it may be ` +
        `${names.join(", ")}. To have both directions: rename the files to ` +
        "<version>_<name>.up.sql and .down.sql.",
      place: { file: `${database}/${entry.name}` },
      facts: { layouts: names },
    },
  );
}

/** Numbered SQL that a layout does not read, each as a clause. */
export function unreadFiles(
  entries: readonly TreeEntry[],
  { layout, database }: { readonly layout: Layout; readonly database: string },
): readonly string[] {
  const unread = entries.filter((entry) =>
    !entry.isDirectory && /^[A-Za-z]?[0-9].*\.sql$/is.test(entry.name) && !layout.recognises(entry)
  ).map(({ name }) => `${database}/${name}`);
  const [first, ...others] = unread;
  if (first === undefined) return [];
  const more = others.length === 0 ? "is" : `and ${others.length} more are`;
  return [
    `${first} ${more} not read: it is not a name of a migration in the layout ${layout.name}`,
  ];
}

async function haveMetadata(tree: Tree, directories: readonly TreeEntry[]): Promise<boolean> {
  for (const { name } of directories) {
    const files = await tree.list(name) ?? [];
    if (files.some((file) => file.name === "metadata.yaml")) return true;
  }
  return false;
}
