/**
 * Gathers everything that a run needs before it connects to any server.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { type Failure, failuresIn, throwCollected } from "../failure.ts";
import type { RunOptions } from "../runner/context/run_context.ts";
import type { Target, Workspace } from "./workspace.ts";
import type { RunOptionValues } from "./run_options.ts";

/** A database, its connector, and the options of its run. */
export type ResolvedTarget = Target & {
  readonly connector: Connector;
  readonly direct: Connector | undefined;
  readonly options: RunOptions;
};

/**
 * Resolves the target of each database.
 *
 * @throws {Failure | Failures} Every defect of files and settings.
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
        ...await workspace.comparedTarget(name),
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
