/**
 * The migrations of one database that are new or were changed since a version or a git revision.
 *
 * @module
 */

import * as path from "node:path";
import { type Definition, LAYOUT_NAMES } from "../definition/migration/definition.ts";
import { readBytes } from "../runtime/files.ts";
import { folderOf } from "../source/add.ts";
import { openGitRevision } from "./git_revision.ts";
import type { Target, Workspace } from "./workspace.ts";

/** Layouts whose migrations have a file beside their scripts. */
const WITH_METADATA: readonly string[] = ["directory"] satisfies (typeof LAYOUT_NAMES[number])[];

/**
 * Of a version: the migrations that are neither it nor ancestors of it. Of a revision: those of whose files
 * git has none there, or others.
 *
 * @throws {Failure} `usage/unknown-revision`, `source/*`.
 */
export async function changedSince(
  workspace: Workspace,
  { name, set, graph }: Target,
  { since, signal, option }: {
    readonly since: string;
    readonly signal: AbortSignal;
    /** See `openGitRevision`. */
    readonly option?: string;
  },
): Promise<ReadonlySet<bigint>> {
  const versions = graph.ordered.map(({ version }) => version);
  const version = /^\d{1,19}$/.test(since) ? BigInt(since) : undefined;
  if (version !== undefined && graph.get(version) !== undefined) {
    const before = graph.ancestors([version]);
    return new Set(versions.filter((one) => !before.has(one)));
  }
  const root = await workspace.directory() ?? "migrations";
  const folder = await folderOf(root, name);
  const revision = await openGitRevision(folder, { revision: since, signal, option });
  const isChanged = async (file: string): Promise<boolean> => {
    const bytes = await readBytes(path.join(folder, file));
    if (bytes === undefined) return revision.has(file);
    return !revision.has(file) || await revision.differing(file, bytes) !== undefined;
  };
  const changed = new Set<bigint>();
  for (const definition of graph.ordered) {
    for (
      const file of filesOf(definition, { name, hasMetadata: WITH_METADATA.includes(set.layout) })
    ) {
      if (!await isChanged(file)) continue;
      changed.add(definition.version);
      break;
    }
  }
  return changed;
}

/** Relative to the database's folder. */
function filesOf(
  { up, down }: Definition,
  { name, hasMetadata }: { readonly name: string; readonly hasMetadata: boolean },
): readonly string[] {
  const scripts = [up, ...down === undefined ? [] : [down]].map((script) =>
    script.path.slice(`${name}/`.length)
  );
  return [
    ...new Set(scripts),
    ...(hasMetadata ? [path.posix.join(path.posix.dirname(scripts[0]!), "metadata.yaml")] : []),
  ];
}
