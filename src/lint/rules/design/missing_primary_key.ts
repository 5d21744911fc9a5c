// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Rows without a key. */
export const missingPrimaryKey: Rule = {
  code: "missing-primary-key",
  family: "design",
  severity: "warning",
  title: "A table without a primary key",
  why:
    "Logical replication refuses UPDATE and DELETE, duplicates cannot be told apart, and batched " +
    "migrations have no key to go by.",
  recipe: "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
  bad: "CREATE TABLE events (day date, text text);",
  good:
    "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day date, text text);",
  *statement({ node }, { final }) {
    if (!("CreateStmt" in node) || node.CreateStmt.relation === undefined) return;
    const { relation, inhRelations = [], tableElts = [], ofTypename } = node.CreateStmt;
    if (relation.relpersistence === "t" || inhRelations.length > 0 || ofTypename !== undefined) {
      return;
    }
    if (tableElts.some((one) => "TableLikeClause" in one)) return;
    const name = relationName(relation);
    const table = final.table(name);
    // One that is dropped or renamed later is no table to be mended.
    if (table === undefined || table.constraints.some(({ type }) => type === "CONSTR_PRIMARY")) {
      return;
    }
    yield { message: `${relationLabel(name)} has no primary key.`, location: relation.location };
  },
};
