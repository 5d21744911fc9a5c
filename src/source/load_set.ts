/**
 * All migrations of one database, read and judged together.
 *
 * @module
 */

import type { DefinitionSet } from "../definition/definition.ts";
import { directoryLayout } from "../definition/directory_layout.ts";
import { golangMigrateLayout } from "../definition/golang_migrate_layout.ts";
import type { Layout, Tree, TreeEntry } from "../definition/layout.ts";
import { Failure, throwCollected } from "../failure.ts";
import { graphDefects } from "../graph/defects.ts";
import { buildGraph } from "../graph/graph.ts";

const LAYOUTS: readonly Layout[] = [directoryLayout, golangMigrateLayout];

/** True when a folder has an entry that is called like a migration. */
export function holdsMigrations(entries: readonly TreeEntry[]): boolean {
  return LAYOUTS.some((layout) => entries.some(layout.recognises));
}

/**
 * Reads everything, so that all defects are known before anything is done.
 *
 * @throws {Failure | Failures} `definition/*` and `graph/*`.
 */
export async function loadSet(tree: Tree, database: string): Promise<DefinitionSet> {
  const layout = detectLayout(await tree.list("") ?? [], database);
  const defects: Failure[] = [];
  const report = (defect: Failure) => void defects.push(defect);
  const { definitions, nodes, orphans, placeOf } = await layout.load(tree, { database, report });
  // A migration whose parents are unknown may look like a root, or be the root.
  defects.push(
    ...graphDefects(nodes, { database, placeOf }).filter(({ code }) =>
      orphans.size === 0 || (code !== "graph/no-root" && code !== "graph/several-roots")
    ),
  );
  throwCollected(defects);
  const { ordered } = buildGraph(definitions, { database, placeOf });
  return { database, layout: layout.name, definitions: ordered };
}

function detectLayout(entries: readonly TreeEntry[], database: string): Layout {
  const [layout, other] = LAYOUTS.filter((layout) => entries.some(layout.recognises));
  if (layout === undefined) {
    throw new Failure("definition/empty", `${database} has no migrations.`, {
      hint: `Make the first one with \`migrator add --db ${database} NAME\`.`,
      place: { file: database },
    });
  }
  if (other !== undefined) {
    const [a, b] = [layout, other].map((kind) => entries.find(kind.recognises)!.name);
    throw new Failure(
      "definition/mixed-layouts",
      `${database} mixes two layouts: the directory ${a} and the file ${b}.`,
      {
        hint: "Use one: move the flat files to directories, or the directories to flat files.",
        place: { file: `${database}/${b}` },
      },
    );
  }
  return layout;
}
