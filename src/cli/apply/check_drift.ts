/**
 * What `up --drift` does before it runs anything.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { formatCount } from "../../format/count.ts";
import { databasesByServer } from "../invocation/databases_by_server.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { type DriftShadow, liveDrift } from "./look_for_drift.ts";

/**
 * Looks for drift in each database that has applied migrations. It does not hold the migration lock: what
 * somebody changes later is not seen.
 *
 * @throws {Failure} `drift/found` where `way` is refuse; `shadow/*`.
 */
export async function checkDrift(
  invocation: Invocation,
  names: readonly string[],
  { way, ...shadow }: DriftShadow & { readonly way: "refuse" | "warn" },
): Promise<void> {
  for (const group of await databasesByServer(invocation, names)) {
    const count = await differences(invocation, group, shadow);
    if (count === 0) continue;
    const { label } = await invocation.connector(group[0]!);
    const sentence =
      `The schema of ${group.join(", ")} on ${label} is not what its migrations have made: ` +
      `${formatCount(count, "object differs", "objects differ")}`;
    const look = `migrator drift --db ${group.join(" --db ")}`;
    if (way === "warn") {
      invocation.output.warn(`${sentence}. See: ${look}`);
      continue;
    }
    throw new Failure("drift/found", `${sentence}. Nothing was run.`, {
      hint: look,
      facts: { databases: group, differences: count },
    });
  }
}

/** How many objects differ; 0 where nothing was applied yet. */
async function differences(
  invocation: Invocation,
  names: readonly string[],
  shadow: DriftShadow,
): Promise<number> {
  try {
    return (await liveDrift(invocation, names, shadow)).drift.differences.length;
  } catch (error) {
    if (error instanceof Failure && error.code === "drift/no-history") return 0;
    throw error;
  }
}
