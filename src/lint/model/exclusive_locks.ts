// Pure.
/**
 * Which tables a statement locks so that nobody else can even read them, as its text shows.
 *
 * @module
 */

import type { AlterTableCmd, Node } from "@pgsql/types";
import { alterationsOf } from "./alteration.ts";
import { droppedNames, type RelationName, relationName } from "./relation_name.ts";
import type { Scope } from "./scope.ts";

/** LOCK TABLE's number for ACCESS EXCLUSIVE. */
export const ACCESS_EXCLUSIVE = 8;

/**
 * The tables that it takes an ACCESS EXCLUSIVE lock of. Those of a foreign key's other side are left out:
 * a foreign key takes SHARE ROW EXCLUSIVE.
 */
export function exclusivelyLocked(node: Node, { schema }: Scope): readonly RelationName[] {
  const [alteration] = alterationsOf(node);
  if (alteration !== undefined) {
    return alterationsOf(node).some(({ command }) => isExclusive(command))
      ? [alteration.table]
      : [];
  }
  if ("DropStmt" in node && !node.DropStmt.concurrent) {
    const { removeType, objects } = node.DropStmt;
    if (removeType === "OBJECT_TABLE") return droppedNames(objects);
    if (removeType !== "OBJECT_INDEX") return [];
    return droppedNames(objects).flatMap((name) => schema.index(name)?.table ?? []);
  }
  if ("TruncateStmt" in node) {
    return (node.TruncateStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one ? [relationName(one.RangeVar)] : []
    );
  }
  if ("LockStmt" in node && node.LockStmt.mode === ACCESS_EXCLUSIVE) {
    return (node.LockStmt.relations ?? []).flatMap((one) =>
      "RangeVar" in one ? [relationName(one.RangeVar)] : []
    );
  }
  if ("RenameStmt" in node && node.RenameStmt.relation !== undefined) {
    const { renameType, relation, relationType } = node.RenameStmt;
    const isTable = renameType === "OBJECT_TABLE" ||
      (renameType === "OBJECT_COLUMN" && relationType === "OBJECT_TABLE");
    return isTable ? [relationName(relation)] : [];
  }
  if ("ClusterStmt" in node && node.ClusterStmt.relation !== undefined) {
    return [relationName(node.ClusterStmt.relation)];
  }
  return [];
}

/** From AlterTableGetLockLevel: what takes less than ACCESS EXCLUSIVE. */
const WEAKER: readonly (string | undefined)[] = [
  "AT_AttachPartition",
  "AT_ClusterOn",
  "AT_DisableRule",
  "AT_DisableTrig",
  "AT_DisableTrigAll",
  "AT_DisableTrigUser",
  "AT_DropCluster",
  "AT_EnableAlwaysTrig",
  "AT_EnableReplicaTrig",
  "AT_EnableTrig",
  "AT_EnableTrigAll",
  "AT_EnableTrigUser",
  "AT_ReplaceRelOptions",
  "AT_ResetOptions",
  "AT_ResetRelOptions",
  "AT_SetOptions",
  "AT_SetRelOptions",
  "AT_SetStatistics",
  "AT_ValidateConstraint",
];

function isExclusive({ subtype, def }: AlterTableCmd): boolean {
  if (subtype === "AT_AddConstraint" && def !== undefined && "Constraint" in def) {
    return def.Constraint.contype !== "CONSTR_FOREIGN";
  }
  if (subtype === "AT_DetachPartition" && def !== undefined && "PartitionCmd" in def) {
    return def.PartitionCmd.concurrent !== true;
  }
  return !WEAKER.includes(subtype);
}
