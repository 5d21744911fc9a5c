/**
 * Writes the file of a new batched migration.
 *
 * @module
 */

import { clause } from "../format/clause.ts";
import { BACKGROUND_FOLDER } from "../definition/layouts/background_folder.ts";
import { Failure } from "../failure.ts";
import { createDirectory, createFile, listDirectory } from "../runtime/files.ts";
import { folderOf } from "./add.ts";
import { slugOf } from "./next_migration.ts";

const LONGEST_NAME = 100;

/** What it says before its author does; sound, but for a table of that name. */
const TEMPLATE =
  `# Beside the migrations: \`queues: [NAME]\` in a later migration's metadata begins it,
# \`finalizes: [NAME]\` in one after that waits for its end.
description: What this moves, and why.
table: my_table

# Run once for each sub-batch, in one transaction: batch(t) is true for its rows.
sql: |
  UPDATE my_table t SET new = t.old WHERE batch(t) AND t.new IS NULL;

# A query that gives a row while something is left; asked at the end.
remaining: SELECT 1 FROM my_table WHERE new IS NULL LIMIT 1

# key: [tenant_id, id]        # default: the primary key
# filter: kind <> 'unused'    # a condition on the rows of the table
# arguments: { from: 1 }      # argument('from') in the SQL
# batchSize: 100000
# subBatchSize: 1000          # of the first transaction; then it follows the time that it takes
# pause: 100ms
# constraint: my_table_new_not_null    # NOT VALID, validated at the end
`;

/**
 * Writes `background/<name>.yaml`.
 *
 * @returns Its path, beginning with `root`.
 * @throws {Failure} `usage/invalid-value`, `source/not-written`.
 */
export async function addBackground(
  { root, database, name }: {
    readonly root: string;
    readonly database: string;
    /** In the author's words. */
    readonly name: string;
  },
): Promise<string> {
  const slug = slugOf(name);
  if (!/^[a-z0-9_]+$/.test(slug) || slug.length > LONGEST_NAME) {
    throw new Failure("usage/invalid-value", `"${name}" makes no name of a batched migration.`, {
      hint:
        `Use Latin letters and digits, at most ${LONGEST_NAME}: migrator add "fill new" --background ` +
        `--db ${database}`,
    });
  }
  const folder = `${await folderOf(root, database)}/${BACKGROUND_FOLDER}`;
  const path = `${folder}/${slug}.yaml`;
  try {
    if (await listDirectory(folder) === undefined) await createDirectory(folder);
    await createFile(path, TEMPLATE.replaceAll("NAME", slug));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure("source/not-written", `Writing ${path} failed: ${clause(reason)}.`, {
      hint: "Check the name, the rights and the free space, and try again.",
      cause: error,
    });
  }
  return path;
}
