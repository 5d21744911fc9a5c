/**
 * Everything that a run of some databases needs, gathered before any server is touched.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { type Failure, failuresIn, throwCollected } from "../failure.ts";
import type { RunOptions } from "../runner/context/run_context.ts";
import type { Target, Workspace } from "./workspace.ts";
import type { RunOptionValues } from "./run_options.ts";

/** A database, the way to it, and how a run of it behaves. */
export type ResolvedTarget = Target & {
  readonly connector: Connector;
  readonly direct: Connector | undefined;
  readonly options: RunOptions;
};

/**
 * What is needed to reach each database.
 *
 * @throws {Failure | Failures} All that is wrong with files and settings, before any server is touched.
 */
export async function resolveTargets(
  workspace: Workspace,
  { names, options }: { readonly names: readonly string[]; readonly options: RunOptionValues },
): Promise<ResolvedTarget[]> {
  const failures: Failure[] = [];
  const targets: ResolvedTarget[] = [];
  for (const name of names) {
    try {
      targets.push({
        ...await workspace.target(name),
        connector: await workspace.connector(name),
        direct: await workspace.directConnector(name),
        options: await workspace.runOptions(name, options),
      });
    } catch (error) {
      failures.push(...failuresIn(error));
    }
  }
  throwCollected(failures);
  return targets;
}
