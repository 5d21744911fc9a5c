/**
 * All that is needed before any server is touched.
 *
 * @module
 */

import type { Connector } from "../connection/session.ts";
import { type Failure, failuresIn, throwCollected } from "../failure.ts";
import type { RunOptions } from "../runner/run_context.ts";
import type { Product, Target } from "./product.ts";
import type { RunChoice } from "./run_options.ts";

/** A database, the way to it, and how a run of it behaves. */
export type Reachable = Target & {
  readonly connector: Connector;
  readonly direct: Connector | undefined;
  readonly options: RunOptions;
};

/**
 * What is needed to reach each database.
 *
 * @throws {Failure | Failures} All that is wrong with files and settings, before any server is touched.
 */
export async function reachAll(
  product: Product,
  { names, options }: { readonly names: readonly string[]; readonly options: RunChoice },
): Promise<Reachable[]> {
  const failures: Failure[] = [];
  const targets: Reachable[] = [];
  for (const name of names) {
    try {
      targets.push({
        ...await product.target(name),
        connector: await product.connector(name),
        direct: await product.directConnector(name),
        options: await product.runOptions(name, options),
      });
    } catch (error) {
      failures.push(...failuresIn(error));
    }
  }
  throwCollected(failures);
  return targets;
}
