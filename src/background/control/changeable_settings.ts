// Pure.
/**
 * The settings of a batched migration that may be changed while it runs.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { StoredMigration } from "../state/rows.ts";

/** The new settings. Times are in milliseconds; the interval is in seconds. */
export interface WantedSettings {
  readonly batchSize?: number;
  readonly subBatchSize?: number;
  /** `none` removes the migration's own limit. */
  readonly maxBatchSize?: number | "none";
  readonly maxSubBatchSize?: number | "none";
  readonly maxWorkers?: number | "none";
  readonly pauseMs?: number;
  readonly interval?: number;
  readonly targetMs?: number;
  readonly statementTimeout?: number;
  readonly lockTimeout?: number;
  readonly maxAttempts?: number;
  readonly maxQuarantined?: number;
}

/** The names of all settings. */
export const SETTING_NAMES: readonly (keyof WantedSettings)[] = [
  "batchSize",
  "subBatchSize",
  "maxBatchSize",
  "maxSubBatchSize",
  "maxWorkers",
  "pauseMs",
  "interval",
  "targetMs",
  "statementTimeout",
  "lockTimeout",
  "maxAttempts",
  "maxQuarantined",
];

/** The columns of settings that have one; the other settings are part of the declaration. */
const COLUMNS = {
  batchSize: "batch_size",
  subBatchSize: "sub_batch_size",
  maxBatchSize: "max_batch_size",
  maxSubBatchSize: "max_sub_batch_size",
  maxWorkers: "max_workers",
  pauseMs: "pause_ms",
  interval: '"interval"',
} as const;

type Column = keyof typeof COLUMNS;

/** A setting whose value changes. */
export interface ChangedSetting {
  readonly name: keyof WantedSettings;
  readonly from: number | "none";
  readonly to: number | "none";
}

/** The changes, and the assignments of the UPDATE. */
export interface ChangedSettings {
  readonly changes: readonly ChangedSetting[];
  readonly assignments: readonly string[];
}

/**
 * Computes the changes. A size above a new limit is lowered to it.
 *
 * @throws {Failure} `usage/conflicting-sizes`: two given sizes contradict each other.
 */
export function changedSettings(current: StoredMigration, wanted: WantedSettings): ChangedSettings {
  const before = settingsOf(current);
  const given: Required<WantedSettings> = { ...before, ...wanted };
  const batchSize = Math.min(given.batchSize, limit(given.maxBatchSize));
  const subBatchSize = Math.min(given.subBatchSize, batchSize, limit(given.maxSubBatchSize));
  if (wanted.batchSize !== undefined && batchSize < wanted.batchSize) {
    throw conflict("--batch-size", wanted.batchSize, `--max-batch-size ${given.maxBatchSize}`);
  }
  if (wanted.subBatchSize !== undefined && subBatchSize < wanted.subBatchSize) {
    throw conflict(
      "--sub-batch-size",
      wanted.subBatchSize,
      subBatchSize === batchSize
        ? `--batch-size ${batchSize}`
        : `--max-sub-batch-size ${given.maxSubBatchSize}`,
    );
  }
  const now: Required<WantedSettings> = { ...given, batchSize, subBatchSize };
  const changes = SETTING_NAMES.filter((name) => before[name] !== now[name])
    .map((name) => ({ name, from: before[name], to: now[name] }));
  return { changes, assignments: assignmentsOf(changes) };
}

function settingsOf({ declaration, ...row }: StoredMigration): Required<WantedSettings> {
  return {
    batchSize: row.batchSize,
    subBatchSize: row.subBatchSize,
    maxBatchSize: row.maxBatchSize ?? "none",
    maxSubBatchSize: row.maxSubBatchSize ?? "none",
    maxWorkers: row.maxWorkers ?? "none",
    pauseMs: row.pauseMs,
    interval: row.interval,
    targetMs: declaration.targetMs,
    statementTimeout: declaration.statementTimeout,
    lockTimeout: declaration.lockTimeout,
    maxAttempts: declaration.maxAttempts,
    maxQuarantined: declaration.maxQuarantined,
  };
}

function limit(most: number | "none"): number {
  return most === "none" ? Infinity : most;
}

function assignmentsOf(changes: readonly ChangedSetting[]): readonly string[] {
  const columns = changes.flatMap(({ name, to }) =>
    name in COLUMNS ? [`${COLUMNS[name as Column]} = ${to === "none" ? "NULL" : to}`] : []
  );
  const declared = changes.filter(({ name }) => !(name in COLUMNS));
  if (declared.length === 0) return columns;
  const json = JSON.stringify(Object.fromEntries(declared.map(({ name, to }) => [name, to])));
  return [...columns, `declaration = declaration || '${json}'::jsonb`];
}

function conflict(flag: string, wanted: number, other: string): Failure {
  return new Failure("usage/conflicting-sizes", `${flag} ${wanted} is more than ${other} allows.`, {
    hint: `Say both: ${flag} ${wanted} and a larger ${other.split(" ")[0]}`,
  });
}
