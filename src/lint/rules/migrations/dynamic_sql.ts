// Pure.
import type { Rule } from "../../model/rule.ts";

/** SQL that only the run knows. */
export const dynamicSql: Rule = {
  code: "dynamic-sql",
  family: "migrations",
  severity: "info",
  title: "Dynamic SQL that the text does not show",
  why:
    "Rules cannot read what is put together while it runs. If lint measures, it sees what the block did in " +
    "the shadow; on another database it may do something else.",
  recipe: "-- The statement as it is, where it is always the same.",
  bad: "DO $$ DECLARE s text; BEGIN SELECT query INTO s FROM queries; EXECUTE s; END $$;",
  good: "DO $$ BEGIN EXECUTE 'CREATE TABLE t (id bigint PRIMARY KEY)'; END $$;",
  *script({ script }) {
    for (const statement of script.opaque) {
      yield { message: "What this runs is known only when it runs.", statement };
    }
  },
};
