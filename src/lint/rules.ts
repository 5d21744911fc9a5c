// Pure.
/**
 * All rules.
 *
 * @module
 */

import type { Rule } from "./model/rule.ts";
import { addNumberedColumn } from "./rules/locks/add_numbered_column.ts";
import { attachWithoutCheck } from "./rules/locks/attach_without_check.ts";
import { autovacuumOff } from "./rules/locks/autovacuum_off.ts";
import { checkWithoutNotValid } from "./rules/locks/check_without_not_valid.ts";
import { columnTypeChange } from "./rules/locks/column_type_change.ts";
import { createRule } from "./rules/locks/create_rule.ts";
import { createTrigger } from "./rules/locks/create_trigger.ts";
import { detachNotConcurrent } from "./rules/locks/detach_not_concurrent.ts";
import { disableTrigger } from "./rules/locks/disable_trigger.ts";
import { dropIndexNotConcurrent } from "./rules/locks/drop_index_not_concurrent.ts";
import { dropReferencingTable } from "./rules/locks/drop_referencing_table.ts";
import { exclusionConstraint } from "./rules/locks/exclusion_constraint.ts";
import { foreignKeyToLiveTable } from "./rules/locks/foreign_key_to_live_table.ts";
import { foreignKeyWithoutNotValid } from "./rules/locks/foreign_key_without_not_valid.ts";
import { indexDroppedFirst } from "./rules/locks/index_dropped_first.ts";
import { indexNotConcurrent } from "./rules/locks/index_not_concurrent.ts";
import { lockTable } from "./rules/locks/lock_table.ts";
import { manyExclusiveLocks } from "./rules/locks/many_exclusive_locks.ts";
import { materializedViewWithData } from "./rules/locks/materialized_view_with_data.ts";
import { measuredIndexBuild } from "./rules/locks/measured_index_build.ts";
import { measuredLock } from "./rules/locks/measured_lock.ts";
import { measuredRewrite } from "./rules/locks/measured_rewrite.ts";
import { measuredScan } from "./rules/locks/measured_scan.ts";
import { moveTable } from "./rules/locks/move_table.ts";
import { multipleForeignKeys } from "./rules/locks/multiple_foreign_keys.ts";
import { primaryKeyConstraint } from "./rules/locks/primary_key_constraint.ts";
import { primaryKeyOfNullable } from "./rules/locks/primary_key_of_nullable.ts";
import { refreshNotConcurrent } from "./rules/locks/refresh_not_concurrent.ts";
import { reindexNotConcurrent } from "./rules/locks/reindex_not_concurrent.ts";
import { setNotNull } from "./rules/locks/set_not_null.ts";
import { storedGeneratedColumn } from "./rules/locks/stored_generated_column.ts";
import { typeChangeWithCheck } from "./rules/locks/type_change_with_check.ts";
import { uniqueConstraint } from "./rules/locks/unique_constraint.ts";
import { vacuumFull } from "./rules/locks/vacuum_full.ts";
import { validateInSameTransaction } from "./rules/locks/validate_in_same_transaction.ts";
import { volatileDefault } from "./rules/locks/volatile_default.ts";
import { workUnderLock } from "./rules/locks/work_under_lock.ts";
import { backfillUnderLock } from "./rules/transactions/backfill_under_lock.ts";
import { concurrentlyInBlock } from "./rules/transactions/concurrently_in_block.ts";
import { enumValueUsedEarly } from "./rules/transactions/enum_value_used_early.ts";
import { lockTimeoutDisabled } from "./rules/transactions/lock_timeout_disabled.ts";
import { mergeableAlterTable } from "./rules/transactions/mergeable_alter_table.ts";
import { sessionSetting } from "./rules/transactions/session_setting.ts";
import { severalOutsideTransaction } from "./rules/transactions/several_outside_transaction.ts";
import { unbalancedTransaction } from "./rules/transactions/unbalanced_transaction.ts";
import { changeDefault } from "./rules/compatibility/change_default.ts";
import { dropCascade } from "./rules/compatibility/drop_cascade.ts";
import { dropColumn } from "./rules/compatibility/drop_column.ts";
import { dropConstraint } from "./rules/compatibility/drop_constraint.ts";
import { dropNotNull } from "./rules/compatibility/drop_not_null.ts";
import { dropObject } from "./rules/compatibility/drop_object.ts";
import { dropPrimaryKey } from "./rules/compatibility/drop_primary_key.ts";
import { dropSchema } from "./rules/compatibility/drop_schema.ts";
import { dropTable } from "./rules/compatibility/drop_table.ts";
import { enableRowSecurity } from "./rules/compatibility/enable_row_security.ts";
import { jsonType } from "./rules/compatibility/json_type.ts";
import { measuredDrop } from "./rules/compatibility/measured_drop.ts";
import { renameColumn } from "./rules/compatibility/rename_column.ts";
import { renameObject } from "./rules/compatibility/rename_object.ts";
import { renameTable } from "./rules/compatibility/rename_table.ts";
import { requiredColumn } from "./rules/compatibility/required_column.ts";
import { revokeRight } from "./rules/compatibility/revoke_right.ts";
import { setSchema } from "./rules/compatibility/set_schema.ts";
import { changeWithoutWhere } from "./rules/data/change_without_where.ts";
import { dataInSchemaMigration } from "./rules/data/data_in_schema_migration.ts";
import { duplicateAssignment } from "./rules/data/duplicate_assignment.ts";
import { measuredChange } from "./rules/data/measured_change.ts";
import { missingAnalyze } from "./rules/data/missing_analyze.ts";
import { nullComparison } from "./rules/data/null_comparison.ts";
import { refusedWithRows } from "./rules/data/refused_with_rows.ts";
import { sequenceLeftBehind } from "./rules/data/sequence_left_behind.ts";
import { truncateTable } from "./rules/data/truncate_table.ts";
import { unbatchedBackfill } from "./rules/data/unbatched_backfill.ts";
import { unloggedTable } from "./rules/data/unlogged_table.ts";
import { charType } from "./rules/design/char_type.ts";
import { domainConstraint } from "./rules/design/domain_constraint.ts";
import { enumType } from "./rules/design/enum_type.ts";
import { enumValueOrder } from "./rules/design/enum_value_order.ts";
import { foreignKeyTypeMismatch } from "./rules/design/foreign_key_type_mismatch.ts";
import { foreignKeyWithoutIndex } from "./rules/design/foreign_key_without_index.ts";
import { integerKey } from "./rules/design/integer_key.ts";
import { missingPrimaryKey } from "./rules/design/missing_primary_key.ts";
import { moneyType } from "./rules/design/money_type.ts";
import { quotedName } from "./rules/design/quoted_name.ts";
import { redundantIndex } from "./rules/design/redundant_index.ts";
import { serialType } from "./rules/design/serial_type.ts";
import { tableInheritance } from "./rules/design/table_inheritance.ts";
import { timestampWithoutTimeZone } from "./rules/design/timestamp_without_time_zone.ts";
import { unnamedConstraint } from "./rules/design/unnamed_constraint.ts";
import { varcharLength } from "./rules/design/varchar_length.ts";
import { volatileCheck } from "./rules/design/volatile_check.ts";
import { wideIndex } from "./rules/design/wide_index.ts";
import { extensionVersion } from "./rules/privileges/extension_version.ts";
import { foreignServer } from "./rules/privileges/foreign_server.ts";
import { grantToPublic } from "./rules/privileges/grant_to_public.ts";
import { hardCodedName } from "./rules/privileges/hard_coded_name.ts";
import { needsPrivilege } from "./rules/privileges/needs_privilege.ts";
import { newerSyntax } from "./rules/privileges/newer_syntax.ts";
import { passwordLiteral } from "./rules/privileges/password_literal.ts";
import { securityDefinerSearchPath } from "./rules/privileges/security_definer_search_path.ts";
import { serverFile } from "./rules/privileges/server_file.ts";
import { unqualifiedName } from "./rules/privileges/unqualified_name.ts";
import { dynamicSql } from "./rules/migrations/dynamic_sql.ts";
import { editedAfterRelease } from "./rules/migrations/edited_after_release.ts";
import { emptyMigration } from "./rules/migrations/empty_migration.ts";
import { identifierTooLong } from "./rules/migrations/identifier_too_long.ts";
import { ignoreWithoutReason } from "./rules/migrations/ignore_without_reason.ts";
import { missingDown } from "./rules/migrations/missing_down.ts";
import { multipleHeads } from "./rules/migrations/multiple_heads.ts";
import { nameInTwoDatabases } from "./rules/migrations/name_in_two_databases.ts";
import { unusedIgnore } from "./rules/migrations/unused_ignore.ts";

/** Every rule, by family. Codes are promises: they are only ever added to. */
export const RULES: readonly Rule[] = [
  // locks
  addNumberedColumn,
  attachWithoutCheck,
  autovacuumOff,
  checkWithoutNotValid,
  columnTypeChange,
  createRule,
  createTrigger,
  detachNotConcurrent,
  disableTrigger,
  dropIndexNotConcurrent,
  dropReferencingTable,
  exclusionConstraint,
  foreignKeyToLiveTable,
  foreignKeyWithoutNotValid,
  indexDroppedFirst,
  indexNotConcurrent,
  lockTable,
  manyExclusiveLocks,
  materializedViewWithData,
  measuredIndexBuild,
  measuredLock,
  measuredRewrite,
  measuredScan,
  moveTable,
  multipleForeignKeys,
  primaryKeyConstraint,
  primaryKeyOfNullable,
  refreshNotConcurrent,
  reindexNotConcurrent,
  setNotNull,
  storedGeneratedColumn,
  typeChangeWithCheck,
  uniqueConstraint,
  vacuumFull,
  validateInSameTransaction,
  volatileDefault,
  workUnderLock,
  // transactions
  backfillUnderLock,
  concurrentlyInBlock,
  enumValueUsedEarly,
  lockTimeoutDisabled,
  mergeableAlterTable,
  sessionSetting,
  severalOutsideTransaction,
  unbalancedTransaction,
  // compatibility
  changeDefault,
  dropCascade,
  dropColumn,
  dropConstraint,
  dropNotNull,
  dropObject,
  dropPrimaryKey,
  dropSchema,
  dropTable,
  enableRowSecurity,
  jsonType,
  measuredDrop,
  renameColumn,
  renameObject,
  renameTable,
  requiredColumn,
  revokeRight,
  setSchema,
  // data
  changeWithoutWhere,
  dataInSchemaMigration,
  duplicateAssignment,
  measuredChange,
  missingAnalyze,
  nullComparison,
  refusedWithRows,
  sequenceLeftBehind,
  truncateTable,
  unbatchedBackfill,
  unloggedTable,
  // design
  charType,
  domainConstraint,
  enumType,
  enumValueOrder,
  foreignKeyTypeMismatch,
  foreignKeyWithoutIndex,
  integerKey,
  missingPrimaryKey,
  moneyType,
  quotedName,
  redundantIndex,
  serialType,
  tableInheritance,
  timestampWithoutTimeZone,
  unnamedConstraint,
  varcharLength,
  volatileCheck,
  wideIndex,
  // privileges
  extensionVersion,
  foreignServer,
  grantToPublic,
  hardCodedName,
  needsPrivilege,
  newerSyntax,
  passwordLiteral,
  securityDefinerSearchPath,
  serverFile,
  unqualifiedName,
  // migrations
  dynamicSql,
  editedAfterRelease,
  emptyMigration,
  identifierTooLong,
  ignoreWithoutReason,
  missingDown,
  multipleHeads,
  nameInTwoDatabases,
  unusedIgnore,
];

/** The rule with a code. */
export function ruleOf(code: string): Rule | undefined {
  return RULES.find((rule) => rule.code === code);
}
