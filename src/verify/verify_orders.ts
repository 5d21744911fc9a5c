/**
 * Checks in shadows that migrations make the same schema in other orders of their graph.
 *
 * @module
 */

import type { ShadowOptions } from "../shadow/shadow_options.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { compareSchemas, type Difference } from "../schema/compare_schemas.ts";
import type { Schema } from "../schema/model/schema.ts";
import { openReplayedShadow } from "./replayed_shadow.ts";

/** The result for one order. */
export type OrderVerification =
  & { readonly order: readonly Definition[] }
  & (
    | { readonly kind: "same" }
    | { readonly kind: "different"; readonly differences: readonly Difference[] }
    /** A migration needs another that is none of its ancestors. */
    | { readonly kind: "refused"; readonly failure: Failure }
  );

/**
 * Applies all migrations in each order, and compares what they make with what they make in the usual one.
 *
 * @param options.definitions In the usual order.
 * @throws {Failure | Failures} `shadow/*`, `definition/*`: they cannot be applied in the usual order.
 */
export async function* verifyOrders(
  options: ShadowOptions & {
    readonly definitions: readonly Definition[];
    readonly orders: readonly (readonly Definition[])[];
  },
): AsyncGenerator<OrderVerification, void, undefined> {
  const { definitions, orders, signal } = options;
  if (orders.length === 0) return;
  const expected = await schemaAfter(definitions, options);
  for (const order of orders) {
    signal.throwIfAborted();
    try {
      const differences = compareSchemas(expected, await schemaAfter(order, options));
      yield differences.length === 0
        ? { order, kind: "same" }
        : { order, kind: "different", differences };
    } catch (failure) {
      if (!(failure instanceof Failure) || failure.code !== "shadow/refused") throw failure;
      yield { order, kind: "refused", failure };
    }
  }
}

async function schemaAfter(
  definitions: readonly Definition[],
  options: ShadowOptions,
): Promise<Schema> {
  const shadow = await openReplayedShadow(options, definitions);
  try {
    return (await shadow.state()).schema;
  } finally {
    await shadow.dispose();
  }
}
