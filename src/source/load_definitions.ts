/**
 * Loads all migrations of one database and checks them together.
 *
 * @module
 */

import { readBackground } from "../definition/layouts/background_folder.ts";
import type { Definition, DefinitionSet, Direction } from "../definition/migration/definition.ts";
import { detectLayout, unreadFiles } from "../definition/layouts/detect_layout.ts";
import type { LayoutReading, Tree } from "../definition/layouts/layout.ts";
import type { KnownScripts } from "../definition/migration/script.ts";
import { type Failure, throwCollected } from "../failure.ts";
import { graphDefects } from "../graph/defects.ts";
import { buildGraph } from "../graph/graph.ts";
import { readSquashes } from "./read_squashes.ts";
import { referenceDefects } from "./batched_references.ts";
import { duplicateDeclaration, withCodeDefinitions } from "./code_definitions.ts";
import type { CodeDefinitions } from "./source.ts";

/**
 * Reads everything. Defects that are in the way of one direction of a migration stay with it: only
 * what would run it has to refuse them.
 *
 * @param options.codeDefinitions Batched migrations that the program defines itself.
 * @param options.known Up scripts that need not be parsed: `Definition.whole` is set then.
 * @throws {Failure | Failures} `definition/*` and `graph/*`: all defects, when one of them spoils the
 * whole set.
 */
export async function loadDefinitions(
  tree: Tree,
  { database, transaction, variables, codeDefinitions, known, ...reading }: LayoutReading & {
    readonly database: string;
    readonly codeDefinitions?: CodeDefinitions | undefined;
    readonly known?: KnownScripts | undefined;
  },
): Promise<DefinitionSet> {
  const kept = readOnce(tree);
  const layout = await detectLayout(kept, { database, ...reading });
  const defects: Failure[] = [];
  let isSpoilt = false;
  const report = (defect: Failure, blocks?: Direction) => {
    isSpoilt ||= blocks === undefined;
    defects.push(defect);
  };
  const warnings: string[] = [];
  const warn = (clause: string) => void warnings.push(clause);
  const options = { database, transaction, variables, known, report, warn };
  const laidOut = await layout.load(kept, options);
  warnings.push(...unreadFiles(await kept.list("") ?? [], { layout, database }));
  const { definitions, nodes, orphans, placeOf, referencePlaces } = laidOut;
  const declared = await readBackground(kept, options);
  for (const one of duplicateDeclaration(declared, codeDefinitions?.names ?? [])) report(one);
  // A migration whose parents are unknown may look like a root, or be the root.
  for (const one of graphDefects(nodes, { database, placeOf })) {
    const isUnsure = one.code === "graph/no-root" || one.code === "graph/several-roots";
    if (orphans.size === 0 || !isUnsure) report(one);
  }
  if (isSpoilt) throwCollected(defects);
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
  warnings.push(...irreversibleByDefect(ordered));
  const squashes = await readSquashes(kept, { database, graph, warn });
  return { database, layout: layout.name, definitions: ordered, background, squashes, warnings };
}

/** A word about those that can be applied and not taken back. */
function irreversibleByDefect(definitions: readonly Definition[]): readonly string[] {
  const blocked = definitions.filter(({ defects }) => defects?.down && !defects.up);
  const [first, ...others] = blocked;
  if (first === undefined) return [];
  const [defect] = first.defects!.down!;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  return [
    `migration ${first.version} can be applied, and not taken back${more}: ` +
    `${defect!.message.replace(/\.$/, "")}. See: migrator validate`,
  ];
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
