/**
 * `background/`: the batched background migrations of a database, beside its migrations in whichever
 * layout.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { BatchedMigration } from "../batched/batched_migration.ts";
import { decodeText } from "../text/decode_text.ts";
import type { LayoutOptions, Tree } from "./layout.ts";

/** The folder, below that of the database. */
export const BACKGROUND_FOLDER = "background";

/** Names of files that somebody may take for declarations. */
const ALMOST = /\.(?:ya?ml|sql|json|toml)$/i;

/** Reads all of them, ascending by name, without those that have defects. */
export async function readBackground(
  tree: Tree,
  { database, report }: LayoutOptions,
): Promise<readonly BatchedMigration[]> {
  const entries = await tree.list(BACKGROUND_FOLDER) ?? [];
  const found: BatchedMigration[] = [];
  for (const { name: file, isDirectory } of entries) {
    if (isDirectory || file.startsWith(".") || !ALMOST.test(file)) continue;
    const below = `${BACKGROUND_FOLDER}/${file}`;
    const path = `${database}/${below}`;
    if (!file.endsWith(".yaml")) {
      report(
        new Failure("definition/malformed-name", `${path} is not read: it is no .yaml file.`, {
          hint:
            "Write one file `<name>.yaml` for each batched background migration, its SQL behind " +
            "`sql: |`, or move this one elsewhere.",
          place: { file: path },
        }),
      );
      continue;
    }
    const bytes = await tree.read(below);
    if (bytes === undefined) {
      report(
        new Failure("definition/missing-background", `${path} is a link that leads nowhere.`, {
          hint: "Point the link to a file, or replace it by one.",
          place: { file: path },
        }),
      );
      continue;
    }
    const text = decodeText(bytes, { path, report });
    if (text === undefined) continue;
    // YAML and the parser are loaded by those who have such files only.
    const { readBatchedMigration } = await import("../batched/batched_migration_file.ts");
    const name = file.slice(0, -".yaml".length);
    const declared = await readBatchedMigration(text, { name, path, report });
    if (declared !== undefined) found.push(declared);
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}
