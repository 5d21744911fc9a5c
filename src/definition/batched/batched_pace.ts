// Pure.
/**
 * Reads the sizes, intervals and limits of a batched migration.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { BATCHED_DEFAULTS, type BatchedMigration } from "./batched_migration.ts";
import type { YamlMapping } from "../../yaml/yaml_mapping.ts";

type Key =
  | "batchSize"
  | "subBatchSize"
  | "maxBatchSize"
  | "maxSubBatchSize"
  | "targetTime"
  | "interval"
  | "pause"
  | "maxWorkers"
  | "statementTimeout"
  | "lockTimeout"
  | "maxAttempts"
  | "maxQuarantined";

/** The fields that hold them. */
export type Pace = Pick<
  BatchedMigration,
  | "batchSize"
  | "subBatchSize"
  | "maxBatchSize"
  | "maxSubBatchSize"
  | "targetMs"
  | "interval"
  | "pauseMs"
  | "maxWorkers"
  | "statementTimeout"
  | "lockTimeout"
  | "maxAttempts"
  | "maxQuarantined"
>;

const DEFAULTS = BATCHED_DEFAULTS;

/** Reads them, with defaults. A default adapts to the limits that are written. */
export function readPace(
  mapping: YamlMapping<Key>,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): Pace {
  const count = (key: Key, least = 1) => mapping.wholeNumber(key, { least });
  const given = {
    batch: count("batchSize"),
    sub: count("subBatchSize"),
    maxBatch: count("maxBatchSize"),
    maxSub: count("maxSubBatchSize"),
  };
  const greatest = Math.min(given.maxBatch ?? Infinity, DEFAULTS.batchSize);
  const batchSize = given.batch ?? Math.max(greatest, given.sub ?? 1);
  const subBatchSize = given.sub ??
    Math.min(DEFAULTS.subBatchSize, batchSize, given.maxSub ?? Infinity);
  // Zero would mean no limit, which could outlast the lease of a batch.
  const timeout = (key: Key) => mapping.duration(key, { least: 1 });
  const statementTimeout = timeout("statementTimeout") ?? DEFAULTS.statementTimeout;
  const targetMs = timeout("targetTime") ?? Math.min(DEFAULTS.targetMs, statementTimeout);
  const order = (smaller: Key, larger: Key, holds: boolean) => {
    if (holds) return;
    report(
      new Failure(
        "definition/batched-size",
        `${path} has a \`${smaller}\` above its \`${larger}\`.`,
        {
          hint: `Lower \`${smaller}\`, or raise \`${larger}\`.`,
          place: mapping.placeOf(mapping.has(smaller) ? smaller : larger),
        },
      ),
    );
  };
  order("subBatchSize", "batchSize", subBatchSize <= batchSize);
  order("batchSize", "maxBatchSize", batchSize <= (given.maxBatch ?? Infinity));
  order("subBatchSize", "maxSubBatchSize", subBatchSize <= (given.maxSub ?? Infinity));
  order("targetTime", "statementTimeout", targetMs <= statementTimeout);
  const maxWorkers = count("maxWorkers");
  return {
    batchSize,
    subBatchSize,
    ...(given.maxBatch === undefined ? {} : { maxBatchSize: given.maxBatch }),
    ...(given.maxSub === undefined ? {} : { maxSubBatchSize: given.maxSub }),
    targetMs,
    interval: readInterval(mapping),
    pauseMs: mapping.duration("pause") ?? DEFAULTS.pauseMs,
    ...(maxWorkers === undefined ? {} : { maxWorkers }),
    statementTimeout,
    lockTimeout: timeout("lockTimeout") ?? DEFAULTS.lockTimeout,
    maxAttempts: count("maxAttempts") ?? DEFAULTS.maxAttempts,
    maxQuarantined: count("maxQuarantined", 0) ?? DEFAULTS.maxQuarantined,
  };
}

/** Seconds. */
function readInterval(mapping: YamlMapping<Key>): number {
  const milliseconds = mapping.duration("interval") ?? DEFAULTS.interval * 1000;
  if (milliseconds % 1000 === 0) return milliseconds / 1000;
  mapping.wrong("interval", {
    node: mapping.node("interval") ?? null,
    hint: "Write whole seconds, such as `2min` or `30s`; for less there is `pause`.",
  });
  return DEFAULTS.interval;
}
