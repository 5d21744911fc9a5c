/**
 * Loads all migrations of one database and checks them together.
 *
 * @module
 */

import { readBackground } from "../definition/layouts/background_folder.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { detectLayout, unreadFiles } from "../definition/layouts/detect_layout.ts";
import type { LayoutReading, Tree } from "../definition/layouts/layout.ts";
import { type Failure, throwCollected } from "../failure.ts";
import { graphDefects } from "../graph/defects.ts";
import { buildGraph } from "../graph/graph.ts";
import { referenceDefects } from "./batched_references.ts";
import { duplicateDeclaration, withCodeDefinitions } from "./code_definitions.ts";
import type { CodeDefinitions } from "./source.ts";

/**
 * Reads everything, so that all defects are known before anything is done.
 *
 * @param options.defined Batched migrations that the program defines itself.
 * @throws {Failure | Failures} `definition/*` and `graph/*`.
 */
export async function loadDefinitions(
  tree: Tree,
  { database, transaction, variables, codeDefinitions, ...reading }: LayoutReading & {
    readonly database: string;
    readonly codeDefinitions?: CodeDefinitions | undefined;
  },
): Promise<DefinitionSet> {
  const kept = readOnce(tree);
  const layout = await detectLayout(kept, { database, ...reading });
  const defects: Failure[] = [];
  const report = (defect: Failure) => void defects.push(defect);
  const warnings: string[] = [];
  const warn = (clause: string) => void warnings.push(clause);
  const options = { database, transaction, variables, report, warn };
  const laidOut = await layout.load(kept, options);
  warnings.push(...unreadFiles(await kept.list("") ?? [], { layout, database }));
  const { definitions, nodes, orphans, placeOf, referencePlaces } = laidOut;
  const declared = await readBackground(kept, options);
  defects.push(...duplicateDeclaration(declared, codeDefinitions?.names ?? []));
  // A migration whose parents are unknown may look like a root, or be the root.
  defects.push(
    ...graphDefects(nodes, { database, placeOf }).filter(({ code }) =>
      orphans.size === 0 || (code !== "graph/no-root" && code !== "graph/several-roots")
    ),
  );
  throwCollected(defects);
  const background = codeDefinitions
    ? withCodeDefinitions(declared, await codeDefinitions.declare())
    : declared;
  const graph = buildGraph(definitions, { database, placeOf });
  throwCollected(
    referenceDefects({
      background,
      graph,
      placeOf: (reference) => referencePlaces.get(reference),
    }),
  );
  const { ordered } = graph;
  return { database, layout: layout.name, definitions: ordered, background, warnings };
}

/** Layouts are told apart by what files say, and then the files are read. */
function readOnce(tree: Tree): Tree {
  const lists = new Map<string, ReturnType<Tree["list"]>>();
  const files = new Map<string, ReturnType<Tree["read"]>>();
  const once = <T>(known: Map<string, T>, path: string, read: (path: string) => T): T => {
    const found = known.get(path) ?? read(path);
    known.set(path, found);
    return found;
  };
  return {
    list: (path) => once(lists, path, tree.list),
    read: (path) => once(files, path, tree.read),
  };
}
