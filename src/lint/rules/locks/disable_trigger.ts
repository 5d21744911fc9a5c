// Pure.
import { alterationsOf } from "../../model/alteration.ts";
import { relationLabel } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** Rows that are written while a trigger is disabled miss its work. */
export const disableTrigger: Rule = {
  code: "disable-trigger",
  family: "locks",
  severity: "warning",
  title: "Triggers are disabled",
  why:
    "DISABLE TRIGGER holds for every session, not only for the migration: what the application writes " +
    "meanwhile misses the triggers' work, foreign keys included with ALL. It also takes a lock that " +
    "writers wait for.",
  recipe: `-- Let the trigger itself skip the migration's rows.
CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('app.skip_trigger', true) = 'on' THEN RETURN NEW; END IF;
  RETURN NEW;
END $$;`,
  bad: "ALTER TABLE orders DISABLE TRIGGER ALL;",
  good: "ALTER TABLE orders ENABLE TRIGGER t;",
  *statement({ node }, scope) {
    for (const { table, command: { subtype } } of alterationsOf(node)) {
      if (!subtype?.startsWith("AT_DisableTrig") || !scope.isLive(table)) continue;
      yield {
        message: `What anybody writes to ${relationLabel(table)} misses the triggers' work.`,
      };
    }
    if ("VariableSetStmt" in node && node.VariableSetStmt.name === "session_replication_role") {
      yield { message: "Triggers and foreign keys are not checked for what follows." };
    }
  },
};
