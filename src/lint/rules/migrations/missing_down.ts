// Pure.
import type { Rule } from "../../model/rule.ts";

/** No way back. */
export const missingDown: Rule = {
  code: "missing-down",
  family: "migrations",
  severity: "info",
  title: "A migration has no way back, and does not say why",
  why:
    "Whoever must go back to the release before cannot. If there is no way, say so: the reason is shown " +
    "to whoever tries.",
  recipe: "-- migrator: irreversible: the values are gone\nALTER TABLE users DROP COLUMN nickname;",
  bad: "-- no down script\nCREATE TABLE users (id bigint PRIMARY KEY);",
  good:
    "-- no down script\n-- migrator: irreversible: the first release\nCREATE TABLE users (id bigint PRIMARY KEY);",
  *script({ script: { hasDown, metadata } }) {
    if (hasDown !== false || metadata.irreversible !== undefined) return;
    yield { message: "There is no down script, and no reason: -- migrator: irreversible: WHY" };
  },
};
