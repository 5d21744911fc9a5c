/**
 * Which layout a folder of migrations has.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { bunLayout } from "./bun_layout.ts";
import { bunMark } from "./bun_marks.ts";
import { directoryLayout } from "./directory_layout.ts";
import { isFlatFile } from "./flat_files.ts";
import { golangMigrateLayout } from "./golang_migrate_layout.ts";
import type { LayoutName } from "../migration/definition.ts";
import type { Layout, Tree, TreeEntry } from "./layout.ts";
import { plainDirectoryLayout } from "./plain_directory_layout.ts";

/** True when a folder has an entry that is called like a migration, in whichever layout. */
export function holdsMigrations(entries: readonly TreeEntry[]): boolean {
  return entries.some((entry) => directoryLayout.recognises(entry) || isFlatFile(entry));
}

const LAYOUTS: Readonly<Record<LayoutName, Layout>> = {
  "directory": directoryLayout,
  "plain-directory": plainDirectoryLayout,
  "golang-migrate": golangMigrateLayout,
  "bun": bunLayout,
};

/**
 * Directories have metadata, all of them, as soon as one has. Flat files are bun's when one of them
 * bears a mark of bun's, and golang-migrate's otherwise.
 *
 * @param options.layout What the project says it is: taken as it is, if the files can be that.
 * @throws {Failure} `definition/empty`, `definition/mixed-layouts`, `definition/other-layout`.
 */
export async function detectLayout(
  tree: Tree,
  { database, layout }: { readonly database: string; readonly layout?: LayoutName | undefined },
): Promise<Layout> {
  const entries = await tree.list("") ?? [];
  const directories = entries.filter(directoryLayout.recognises);
  const file = entries.find(isFlatFile);
  if (file === undefined && directories.length === 0) {
    throw new Failure("definition/empty", `${database} has no migrations.`, {
      hint: `Make the first one with \`migrator add --db ${database} NAME\`.`,
      place: { file: database },
    });
  }
  if (file !== undefined && directories.length > 0) {
    throw new Failure(
      "definition/mixed-layouts",
      `${database} mixes two layouts: the directory ${
        directories[0]!.name
      } and the file ${file.name}.`,
      {
        hint: "Use one: move the flat files to directories, or the directories to flat files.",
        place: { file: `${database}/${file.name}` },
      },
    );
  }
  const first = (file ?? directories[0])!;
  if (layout !== undefined) {
    if (LAYOUTS[layout].recognises(first)) return LAYOUTS[layout];
    throw new Failure(
      "definition/other-layout",
      `${database} is to have the layout ${layout}, but ${first.name} is a ` +
        `${first.isDirectory ? "directory" : "file"}.`,
      {
        hint: "Correct `layout` in migrator.yaml, or leave it out to have the layout detected.",
        place: { file: `${database}/${first.name}` },
      },
    );
  }
  if (file === undefined) {
    return await haveMetadata(tree, directories) ? directoryLayout : plainDirectoryLayout;
  }
  return await bunMark(tree) === undefined ? golangMigrateLayout : bunLayout;
}

async function haveMetadata(tree: Tree, directories: readonly TreeEntry[]): Promise<boolean> {
  for (const { name } of directories) {
    const files = await tree.list(name) ?? [];
    if (files.some((file) => file.name === "metadata.yaml")) return true;
  }
  return false;
}
