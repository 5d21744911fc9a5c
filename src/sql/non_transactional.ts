// Pure.
/**
 * Detects statements that PostgreSQL refuses inside a transaction block.
 *
 * @module
 */

import type {
  AlterSubscriptionStmt,
  AlterTableStmt,
  CreateSubscriptionStmt,
  DefElem,
  Node,
  ReindexStmt,
} from "@pgsql/types";
import { endsTransactions } from "./committing_block.ts";

/**
 * The reason why a statement cannot run inside a transaction block, such as `CREATE INDEX
 * CONCURRENTLY`; undefined when it can. When only the catalog could tell (DROP SUBSCRIPTION with or
 * without a slot), it assumes that it cannot: outside a transaction block such a statement always
 * works. It cannot detect CALL of a procedure that commits, or REINDEX and CLUSTER of a partitioned
 * table.
 */
export function cannotRunInTransaction(node: Node): string | undefined {
  if ("IndexStmt" in node) {
    return node.IndexStmt.concurrent ? "CREATE INDEX CONCURRENTLY" : undefined;
  }
  if ("DropStmt" in node) return node.DropStmt.concurrent ? "DROP INDEX CONCURRENTLY" : undefined;
  if ("ReindexStmt" in node) return reindex(node.ReindexStmt);
  if ("AlterTableStmt" in node) return alterTable(node.AlterTableStmt);
  if ("VacuumStmt" in node) return node.VacuumStmt.is_vacuumcmd ? "VACUUM" : undefined;
  if ("ClusterStmt" in node) {
    return node.ClusterStmt.relation === undefined ? "CLUSTER without a table" : undefined;
  }
  if ("CreatedbStmt" in node) return "CREATE DATABASE";
  if ("DropdbStmt" in node) return "DROP DATABASE";
  if ("AlterDatabaseStmt" in node) {
    return optionsOf(node.AlterDatabaseStmt).some((option) => option.defname === "tablespace")
      ? "ALTER DATABASE SET TABLESPACE"
      : undefined;
  }
  if ("CreateTableSpaceStmt" in node) return "CREATE TABLESPACE";
  if ("DropTableSpaceStmt" in node) return "DROP TABLESPACE";
  if ("AlterSystemStmt" in node) return "ALTER SYSTEM";
  if (endsTransactions(node)) return "DO with a COMMIT or ROLLBACK";
  if ("DiscardStmt" in node) {
    return node.DiscardStmt.target === "DISCARD_ALL" ? "DISCARD ALL" : undefined;
  }
  if ("CreateSubscriptionStmt" in node) return createSubscription(node.CreateSubscriptionStmt);
  if ("AlterSubscriptionStmt" in node) return alterSubscription(node.AlterSubscriptionStmt);
  if ("DropSubscriptionStmt" in node) return "DROP SUBSCRIPTION";
  if ("TransactionStmt" in node) {
    if (node.TransactionStmt.kind === "TRANS_STMT_COMMIT_PREPARED") return "COMMIT PREPARED";
    if (node.TransactionStmt.kind === "TRANS_STMT_ROLLBACK_PREPARED") return "ROLLBACK PREPARED";
  }
  return undefined;
}

const WHOLE_REINDEX: Readonly<Record<string, string>> = {
  REINDEX_OBJECT_DATABASE: "REINDEX DATABASE",
  REINDEX_OBJECT_SCHEMA: "REINDEX SCHEMA",
  REINDEX_OBJECT_SYSTEM: "REINDEX SYSTEM",
};

function reindex(statement: ReindexStmt): string | undefined {
  const concurrently = definitions(statement.params).some((option) =>
    option.defname === "concurrently" && isOn(option)
  );
  return concurrently ? "REINDEX CONCURRENTLY" : WHOLE_REINDEX[statement.kind ?? ""];
}

function alterTable(statement: AlterTableStmt): string | undefined {
  const detaches = (statement.cmds ?? []).some((command) => {
    if (!("AlterTableCmd" in command)) return false;
    const { subtype, def } = command.AlterTableCmd;
    return subtype === "AT_DetachPartition" && def !== undefined && "PartitionCmd" in def &&
      def.PartitionCmd.concurrent === true;
  });
  return detaches ? "ALTER TABLE DETACH PARTITION CONCURRENTLY" : undefined;
}

/** It creates a replication slot, unless options disable the slot or the connection. */
function createSubscription(statement: CreateSubscriptionStmt): string | undefined {
  const options = optionsOf(statement);
  const slot = options.find((option) => option.defname === "create_slot");
  const connect = options.find((option) => option.defname === "connect");
  const makesSlot = slot === undefined ? connect === undefined || isOn(connect) : isOn(slot);
  return makesSlot ? "CREATE SUBSCRIPTION with a replication slot" : undefined;
}

/** Subscription options that also change the slot on the publisher. */
const SLOT_SETTINGS: readonly (string | undefined)[] = ["failover", "two_phase"];

function alterSubscription(statement: AlterSubscriptionStmt): string | undefined {
  const options = optionsOf(statement);
  switch (statement.kind) {
    case "ALTER_SUBSCRIPTION_REFRESH":
      return "ALTER SUBSCRIPTION REFRESH PUBLICATION";
    case "ALTER_SUBSCRIPTION_SET_PUBLICATION":
    case "ALTER_SUBSCRIPTION_ADD_PUBLICATION":
    case "ALTER_SUBSCRIPTION_DROP_PUBLICATION": {
      const refresh = options.find((option) => option.defname === "refresh");
      return refresh === undefined || isOn(refresh) ? "ALTER SUBSCRIPTION with refresh" : undefined;
    }
    case "ALTER_SUBSCRIPTION_OPTIONS": {
      const setting = options.find((option) => SLOT_SETTINGS.includes(option.defname));
      return setting && `ALTER SUBSCRIPTION SET (${setting.defname})`;
    }
    default:
      return undefined;
  }
}

function optionsOf(statement: { readonly options?: Node[] }): readonly DefElem[] {
  return definitions(statement.options);
}

function definitions(nodes: readonly Node[] = []): readonly DefElem[] {
  return nodes.flatMap((node) => "DefElem" in node ? [node.DefElem] : []);
}

/** Evaluates a boolean option as PostgreSQL does: no value means on. */
function isOn({ arg }: DefElem): boolean {
  if (arg === undefined) return true;
  if ("Integer" in arg) return (arg.Integer.ival ?? 0) !== 0;
  // The grammar parses an unquoted word such as `off` as a type name.
  const word = "TypeName" in arg ? arg.TypeName.names?.at(-1) : arg;
  return !(word !== undefined && "String" in word && /^(false|off)$/i.test(word.String.sval ?? ""));
}
