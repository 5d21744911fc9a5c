// Pure.
import { relationLabel, relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** CREATE TRIGGER stops writers while it waits. */
export const createTrigger: Rule = {
  code: "create-trigger",
  family: "locks",
  severity: "info",
  title: "A trigger is created on a table in use",
  why:
    "It takes a SHARE ROW EXCLUSIVE lock, which writers wait for, and from its commit on every write " +
    "runs the trigger: also those of the application's running release.",
  recipe: "-- Keep such a migration short, and the trigger's function fast.",
  bad: "CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();",
  good: `CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TRIGGER t BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION f();`,
  *statement({ node }, scope) {
    if (!("CreateTrigStmt" in node)) return;
    const { relation, trigname = "" } = node.CreateTrigStmt;
    if (relation === undefined || !scope.isLive(relationName(relation))) return;
    if (scope.isView(relationName(relation))) return;
    yield {
      message: `Writes to ${relationLabel(relationName(relation))} run ${trigname} from now on.`,
      location: relation.location,
    };
  },
};
