// Pure.
import { relationName } from "../../model/relation_name.ts";
import type { Rule } from "../../model/rule.ts";

/** A sequence does not know of values that are written past it. */
export const sequenceLeftBehind: Rule = {
  code: "sequence-left-behind",
  family: "data",
  severity: "warning",
  title: "Rows with explicit numbers, and a sequence that does not know them",
  why:
    "The sequence of a serial or identity column still begins at its old value: later INSERTs without a " +
    "number collide with these rows.",
  recipe: `INSERT INTO users (id, name) VALUES (1, 'root');
SELECT setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users));`,
  bad: `CREATE TABLE users (id bigserial PRIMARY KEY, name text);
INSERT INTO users (id, name) VALUES (1, 'root');`,
  good: `CREATE TABLE users (id bigserial PRIMARY KEY, name text);
INSERT INTO users (name) VALUES ('root');`,
  *statement({ node, start }, { script, schema }) {
    if (!("InsertStmt" in node) || node.InsertStmt.relation === undefined) return;
    const { relation, cols = [] } = node.InsertStmt;
    const table = schema.table(relationName(relation));
    const written = cols.flatMap((one) => "ResTarget" in one ? [one.ResTarget.name ?? ""] : []);
    const numbered = written.find((name) => table?.columns.get(name)?.isNumbered);
    if (numbered === undefined) return;
    const rest = script.text.slice(start);
    if (/\bsetval\s*\(|\bRESTART\b/i.test(rest)) return;
    yield {
      message:
        `The sequence of ${relation.relname}.${numbered} does not know these numbers. Call setval.`,
    };
  },
};
