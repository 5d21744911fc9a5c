// Pure.
import { persistentSettingChange } from "../../../sql/session_effects.ts";
import type { Rule } from "../../model/rule.ts";

/** A setting without LOCAL lasts longer than its transaction. */
export const sessionSetting: Rule = {
  code: "session-setting",
  family: "transactions",
  severity: "info",
  title: "A setting outlives its transaction",
  why:
    "SET without LOCAL lasts as long as the session. migrator resets the session after each migration; " +
    "psql and other tools do not, and behind a transaction pooler it is given to somebody else.",
  recipe: "SET LOCAL search_path = app, public;",
  bad: "SET search_path = app, public;",
  good: "SET LOCAL search_path = app, public;",
  *statement({ node }, scope) {
    const change = persistentSettingChange(node);
    // Outside a transaction SET LOCAL would do nothing.
    if (change === undefined || !scope.isInTransaction) return;
    yield { message: `${change} lasts longer than this migration's transaction: write LOCAL.` };
  },
};
