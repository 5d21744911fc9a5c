// Pure.
import {
  droppedNames,
  listedName,
  relationKey,
  relationLabel,
  type RelationName,
  relationName,
} from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";
import type { Scope } from "../../model/scope.ts";

/** The running release still uses an object. */
export const dropObject: Rule = {
  code: "drop-object",
  family: "compatibility",
  severity: "warning",
  title: "A view, function, type or sequence is dropped",
  why: "While the new release is rolled out, and after a rollback, the old one uses it and fails.",
  recipe:
    "-- Drop it in the release after the one that stops to use it, or replace it: CREATE OR REPLACE.",
  bad: "DROP VIEW active_users;",
  good: "CREATE OR REPLACE VIEW active_users AS SELECT * FROM users WHERE NOT deleted;",
  *statement({ node }, scope) {
    if (!("DropStmt" in node)) return;
    const { removeType = "", objects } = node.DropStmt;
    const word = KINDS[removeType];
    if (word === undefined) return;
    for (const name of droppedNames(objects)) {
      // An application cannot call a trigger's function.
      if (removeType === "OBJECT_FUNCTION" && scope.schema.function(name)?.isTrigger) continue;
      if (isCreatedAgain(name, { removeType, scope })) continue;
      yield {
        message: `A release that still uses the ${word} ${relationLabel(name)} fails from here on.`,
      };
    }
  },
};

const KINDS: Readonly<Record<string, string>> = {
  OBJECT_VIEW: "view",
  OBJECT_MATVIEW: "materialized view",
  OBJECT_FUNCTION: "function",
  OBJECT_PROCEDURE: "procedure",
  OBJECT_ROUTINE: "routine",
  OBJECT_AGGREGATE: "aggregate",
  OBJECT_TYPE: "type",
  OBJECT_DOMAIN: "domain",
  OBJECT_SEQUENCE: "sequence",
};

/** Whether the same script creates it, before or after: what is replaced is not missed. */
function isCreatedAgain(
  name: RelationName,
  { removeType, scope }: { readonly removeType: string; readonly scope: Scope },
): boolean {
  return scope.script.statements.some(({ node }) => {
    if ("ViewStmt" in node && node.ViewStmt.view !== undefined) {
      return removeType === "OBJECT_VIEW" && isSame(relationName(node.ViewStmt.view), name);
    }
    if ("CreateTableAsStmt" in node && node.CreateTableAsStmt.into?.rel !== undefined) {
      return isSame(relationName(node.CreateTableAsStmt.into.rel), name);
    }
    if ("CreateFunctionStmt" in node) {
      return isSame(listedName(node.CreateFunctionStmt.funcname), name);
    }
    if ("CreateEnumStmt" in node) return isSame(listedName(node.CreateEnumStmt.typeName), name);
    if ("RenameStmt" in node && node.RenameStmt.renameType === "OBJECT_TYPE") {
      return node.RenameStmt.newname === name.name;
    }
    return false;
  });
}

function isSame(a: RelationName, b: RelationName): boolean {
  return relationKey(a) === relationKey(b);
}
