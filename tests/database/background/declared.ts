/** Declarations as the reader of YAML gives them. */

import {
  BATCHED_DEFAULTS,
  type BatchedMigration,
} from "../../../src/definition/batched_migration.ts";

/** One of which only what matters is written. */
export function declared(what: Partial<BatchedMigration>): BatchedMigration {
  return {
    ...BATCHED_DEFAULTS,
    name: "fill",
    path: "app/background/fill.yaml",
    checksum: "0",
    table: "public.t",
    strategy: what.key?.length ? "keyset" : "primary-key",
    key: [],
    arguments: {},
    throttle: { watch: [], maxHold: 0, ignore: [] },
    sql: [],
    ...what,
  };
}
