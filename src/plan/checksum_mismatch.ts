// Pure.
/**
 * Finds applied migrations whose files differ from what was applied.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import type { History, VersionDetails } from "../history/history.ts";
import { migrationLabel } from "./plan.ts";

/** Applied migrations whose up script has different tokens now. Comments and white space are ignored. */
export function editedIn(graph: Graph<Definition>, history: History): readonly Definition[] {
  return graph.ordered.filter((definition) => {
    const known = history.versions.get(definition.version);
    return known?.state === "applied" && known.direction === "up" &&
      known.checksum !== (definition.upChecksum ?? definition.up.checksum);
  });
}

/**
 * The same, after a check that the history belongs to this product.
 *
 * @throws {Failure} `history/other-product` when the root migration differs in both script and name:
 * then the files and the history belong to two products of one name.
 */
export function checksumMismatches(
  { database, graph }: { readonly database: string; readonly graph: Graph<Definition> },
  history: History<VersionDetails>,
): readonly Definition[] {
  const edited = editedIn(graph, history);
  const root = edited.find(({ version }) => version === graph.root);
  const known = root && history.versions.get(root.version);
  if (root === undefined || known === undefined || known.name === root.name) return edited;
  throw new Failure(
    "history/other-product",
    `The history of database "${database}" begins with ${
      migrationLabel(known)
    }, but these migrations ` +
      `begin with ${migrationLabel(root)}, which is another script under the same version.`,
    {
      hint:
        "Nothing was run. Two products that share a PostgreSQL database need different names for " +
        "their databases; or this is the wrong server: check --database-url.",
      facts: { database, found: known.name, wanted: root.name },
    },
  );
}
