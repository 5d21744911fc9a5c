/**
 * `squash/`: the squashes of a database, beside its migrations in whichever layout.
 *
 * @module
 */

import type { Tree } from "../definition/layouts/layout.ts";
import type { Definition, Script, Squash } from "../definition/migration/definition.ts";
import { compileScript } from "../definition/migration/script.ts";
import { readSquashHeader, squashChecksum } from "../definition/migration/squash.ts";
import type { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";

/** The folder, below that of the database. */
export const SQUASH_FOLDER = "squash";

/**
 * Reads those that may be used. A squash of migrations that have changed since is left out with a word:
 * without it a new database only takes longer.
 *
 * @param options.warn Called with a clause.
 */
export async function readSquashes(
  tree: Tree,
  { database, graph, warn }: {
    readonly database: string;
    readonly graph: Graph<Definition>;
    readonly warn: (clause: string) => void;
  },
): Promise<readonly Squash[]> {
  const squashes: Squash[] = [];
  for (const { name, isDirectory } of await tree.list(SQUASH_FOLDER) ?? []) {
    if (isDirectory || !/^\d{1,19}\.sql$/.test(name)) continue;
    const path = `${database}/${SQUASH_FOLDER}/${name}`;
    const bytes = await tree.read(`${SQUASH_FOLDER}/${name}`);
    if (bytes === undefined) continue;
    const version = BigInt(name.slice(0, -".sql".length));
    const header = readSquashHeader(new TextDecoder().decode(bytes.subarray(0, 200)));
    const squashed = graph.ancestors([version]);
    const definitions = graph.ordered.filter((one) => squashed.has(one.version));
    if (
      header === undefined || header.version !== version || header.count !== definitions.length ||
      header.checksum !== squashChecksum(definitions)
    ) {
      warn(
        `${path} is not used: the migrations that it squashes have changed since. Make it again: ` +
          `migrator squash --to ${version} --db ${database}`,
      );
      continue;
    }
    squashes.push({ version, path, script: () => squashScript(bytes, { path, warn }) });
  }
  return squashes;
}

/**
 * The script of a squash; undefined where it must not be used.
 *
 * @param options.warn Called with a clause that says why not.
 */
export async function squashScript(
  bytes: Uint8Array,
  { path, warn }: { readonly path: string; readonly warn: (clause: string) => void },
): Promise<Script | undefined> {
  const defects: Failure[] = [];
  const { script } = await compileScript(bytes, {
    path,
    transactionNone: false,
    report: (defect) => defects.push(defect),
  });
  const [defect] = defects;
  if (defect === undefined && script.transaction === "single") return script;
  warn(`${path} is not used: ${defect?.message ?? "it cannot run in one transaction"}`);
  return undefined;
}
