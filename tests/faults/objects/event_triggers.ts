// Pure.
/**
 * Event triggers: that fail, that are slow, and that change what was just created.
 *
 * @module
 */

import type { DbaObject } from "./dba_object.ts";

function eventTrigger(
  name: string,
  { event = "ddl_command_end", body }: { readonly event?: string; readonly body: string },
): string {
  return `CREATE FUNCTION dba.${name}() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ DECLARE r record; BEGIN ${body} END $$;
    CREATE EVENT TRIGGER ${name} ON ${event} EXECUTE FUNCTION dba.${name}();`;
}

/** For each new table of the schema. */
function forNewTables(action: string, where = "schema_name = 'migrator'"): string {
  return `FOR r IN SELECT * FROM pg_event_trigger_ddl_commands()
    WHERE command_tag = 'CREATE TABLE' AND ${where}
    LOOP EXECUTE format('${action}', r.object_identity); END LOOP;`;
}

export const EVENT_TRIGGERS: readonly DbaObject[] = [
  {
    name: "an event trigger that keeps a log",
    isFirst: true,
    sql: eventTrigger("keep", { body: "INSERT INTO dba.log (what) VALUES (TG_TAG);" }),
  },
  {
    name: "an event trigger that relies on the search_path",
    isFirst: true,
    sql: eventTrigger("careless", { body: "INSERT INTO log (what) VALUES (TG_TAG);" }),
    ends: 5,
    cure: "DROP EVENT TRIGGER careless",
  },
  {
    name: "an event trigger that fails",
    isFirst: true,
    sql: eventTrigger("forbid", {
      event: "ddl_command_start",
      body: "RAISE 'frozen until Monday';",
    }),
    ends: 5,
    cure: "DROP EVENT TRIGGER forbid",
  },
  {
    name: "an event trigger that fails in the middle",
    sql: eventTrigger("forbid", { body: "RAISE 'frozen until Monday';" }),
    ends: 7,
    cure: "DROP EVENT TRIGGER forbid",
  },
  {
    name: "an event trigger that fails for dropped objects",
    sql: eventTrigger("forbid", { event: "sql_drop", body: "RAISE 'nothing is dropped here';" }),
    ends: 7,
    cure: "DROP EVENT TRIGGER forbid",
  },
  {
    name: "an event trigger that fails for rewritten tables",
    sql: eventTrigger("forbid", { event: "table_rewrite", body: "RAISE 'too large';" }),
    ends: 7,
    cure: "DROP EVENT TRIGGER forbid",
  },
  {
    name: "an event trigger that enables row level security",
    isFirst: true,
    sql: eventTrigger("rls", { body: forNewTables("ALTER TABLE %s ENABLE ROW LEVEL SECURITY") }),
  },
  {
    name: "an event trigger that enables row level security, for the owner",
    isFirst: true,
    runner: "owner",
    sql: eventTrigger("rls", { body: forNewTables("ALTER TABLE %s ENABLE ROW LEVEL SECURITY") }),
  },
  {
    name: "an event trigger that forces row level security",
    isFirst: true,
    runner: "owner",
    sql: eventTrigger("rls", {
      body: forNewTables("ALTER TABLE %1$s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"),
    }),
    ends: 5,
  },
  {
    name: "an event trigger that adds audit triggers",
    isFirst: true,
    sql: eventTrigger("audit", {
      body: forNewTables(
        "CREATE TRIGGER audit AFTER INSERT ON %s FOR EACH ROW EXECUTE FUNCTION dba.note()",
      ),
    }),
    ends: 5,
  },
  {
    name: "an event trigger that grants new tables",
    isFirst: true,
    sql: eventTrigger("share", { body: forNewTables("GRANT ALL ON %s TO PUBLIC") }),
  },
  {
    name: "an event trigger that takes new tables",
    isFirst: true,
    sql: eventTrigger("take", { body: forNewTables("ALTER TABLE %s OWNER TO {other}") }),
    ends: 5,
  },
  {
    name: "an event trigger that creates a table for each table",
    isFirst: true,
    sql: eventTrigger("twin", {
      body: forNewTables(
        "CREATE TABLE IF NOT EXISTS dba.%I (a int)",
        "schema_name IN (''migrator'', ''public'')".replaceAll("''", "'"),
      ),
    }),
  },
  {
    name: "an event trigger that is slow at login",
    since: 17,
    sql: eventTrigger("slow", { event: "login", body: "PERFORM pg_sleep(0.1);" }),
  },
];
