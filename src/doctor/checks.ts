/**
 * All checks, in the order in which they are reported.
 *
 * @module
 */

import type { Check } from "./check/check.ts";
import { autovacuumCheck } from "./checks/autovacuum.ts";
import { clockCheck } from "./checks/clock.ts";
import { connectionSlotsCheck } from "./checks/connection_slots.ts";
import { databaseSizeCheck, serverDirectoriesCheck } from "./checks/disk.ts";
import { encodingCheck } from "./checks/encoding.ts";
import { extensionsCheck } from "./checks/extensions.ts";
import { foreignCheck } from "./checks/foreign.ts";
import { historyCheck } from "./checks/history.ts";
import { historyTablesCheck } from "./checks/history_tables.ts";
import { inheritedSettingsCheck } from "./checks/inherited_settings.ts";
import { invalidIndexesCheck } from "./checks/invalid_indexes.ts";
import { longTransactionsCheck } from "./checks/long_transactions.ts";
import { migrationLockCheck } from "./checks/migration_lock.ts";
import { migrationsCheck } from "./checks/migrations.ts";
import { poolerCheck } from "./checks/pooler.ts";
import { readersCheck } from "./checks/readers.ts";
import { replicationSlotsCheck } from "./checks/replication_slots.ts";
import { rightsCheck } from "./checks/rights.ts";
import { serverCheck } from "./checks/server.ts";
import { standbysCheck } from "./checks/standbys.ts";
import { wraparoundCheck } from "./checks/wraparound.ts";

/** First what makes a run fail, then what degrades over time. */
export const CHECKS: readonly Check[] = [
  migrationsCheck,
  serverCheck,
  historyCheck,
  foreignCheck,
  historyTablesCheck,
  migrationLockCheck,
  rightsCheck,
  readersCheck,
  extensionsCheck,
  inheritedSettingsCheck,
  connectionSlotsCheck,
  poolerCheck,
  longTransactionsCheck,
  standbysCheck,
  replicationSlotsCheck,
  invalidIndexesCheck,
  databaseSizeCheck,
  serverDirectoriesCheck,
  clockCheck,
  encodingCheck,
  wraparoundCheck,
  autovacuumCheck,
];
