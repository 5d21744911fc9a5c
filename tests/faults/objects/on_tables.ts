// Pure.
/**
 * Objects on the history's tables, and changes of the tables themselves.
 *
 * @module
 */

import type { DbaObject } from "./dba_object.ts";

export const ON_TABLES: readonly DbaObject[] = [
  ...["databases", "migration_logs", "migration_definitions"].flatMap((table): DbaObject[] => [
    {
      name: `an audit trigger on ${table}`,
      sql: `CREATE TRIGGER audit AFTER INSERT OR UPDATE ON migrator.${table}
        FOR EACH ROW EXECUTE FUNCTION dba.note()`,
      ends: 5,
    },
    {
      name: `a trigger for statements on ${table}`,
      sql: `CREATE TRIGGER audit AFTER INSERT OR UPDATE ON migrator.${table}
        FOR EACH STATEMENT EXECUTE FUNCTION dba.note()`,
      ends: 5,
    },
    {
      name: `a trigger that drops rows of ${table}`,
      sql: `CREATE TRIGGER lose BEFORE INSERT OR UPDATE ON migrator.${table}
        FOR EACH ROW EXECUTE FUNCTION dba.drop_row()`,
      ends: 5,
    },
    {
      name: `a rule that does nothing instead of an INSERT into ${table}`,
      sql: `CREATE RULE lose AS ON INSERT TO migrator.${table} DO INSTEAD NOTHING`,
      ends: 5,
    },
    {
      name: `row level security on ${table}, forced`,
      runner: "owner",
      sql: `ALTER TABLE migrator.${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
      ends: 5,
    },
    {
      name: `row level security on ${table}, for others`,
      runner: "owner",
      sql: `ALTER TABLE migrator.${table} ENABLE ROW LEVEL SECURITY`,
    },
    {
      name: `${table} given to another role`,
      runner: "owner",
      sql: `ALTER TABLE migrator.${table} OWNER TO {other}`,
      ends: 5,
    },
    {
      name: `${table} without logging`,
      sql: `ALTER TABLE migrator.${table} SET UNLOGGED`,
    },
  ]),
  {
    name: "databases without a key",
    sql: "ALTER TABLE migrator.databases DROP CONSTRAINT databases_pkey",
    ends: 5,
    cure: "ALTER TABLE migrator.databases ADD PRIMARY KEY (name)",
  },
  {
    name: "migration_definitions without a key",
    sql: "ALTER TABLE migrator.migration_definitions DROP CONSTRAINT migration_definitions_pkey",
    ends: 5,
    cure: "ALTER TABLE migrator.migration_definitions ADD PRIMARY KEY (database, version)",
  },
  {
    name: "migration_logs without a key",
    sql: "ALTER TABLE migrator.migration_logs DROP CONSTRAINT migration_logs_pkey",
  },
  {
    name: "a trigger that is disabled",
    sql: `CREATE TRIGGER audit AFTER INSERT ON migrator.migration_logs
        FOR EACH ROW EXECUTE FUNCTION dba.note();
      ALTER TABLE migrator.migration_logs DISABLE TRIGGER audit`,
  },
  {
    name: "a trigger at the end of the transaction",
    sql: `CREATE CONSTRAINT TRIGGER audit AFTER INSERT ON migrator.migration_logs
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dba.note()`,
    ends: 5,
  },
  {
    name: "a check constraint",
    sql: "ALTER TABLE migrator.migration_logs ADD CHECK (name <> 'forbidden')",
    ends: 5,
  },
  {
    name: "a check constraint that is not validated",
    sql: "ALTER TABLE migrator.migration_logs ADD CHECK (version < 3) NOT VALID",
    ends: 5,
  },
  {
    name: "a default",
    sql: "ALTER TABLE migrator.migration_logs ALTER note SET DEFAULT current_user",
    ends: 5,
  },
  {
    name: "an index over an expression",
    sql: "CREATE INDEX ON migrator.migration_logs (lower(name))",
    ends: 5,
  },
  {
    name: "a plain index",
    sql: "CREATE INDEX ON migrator.migration_logs (started_at)",
  },
  {
    name: "a unique index that refuses a second attempt",
    sql: "CREATE UNIQUE INDEX ON migrator.migration_logs (database, version, direction)",
  },
  {
    name: "a column more",
    sql: "ALTER TABLE migrator.migration_logs ADD COLUMN ticket text",
  },
  {
    name: "a column more that may not be empty",
    sql: "ALTER TABLE migrator.migration_logs ADD COLUMN ticket text NOT NULL DEFAULT 'none'",
    ends: 5,
    cure: "ALTER TABLE migrator.migration_logs DROP COLUMN ticket",
  },
  {
    name: "a column less",
    sql: "ALTER TABLE migrator.migration_logs RENAME COLUMN checksum TO digest",
    ends: 5,
    cure: "ALTER TABLE migrator.migration_logs RENAME COLUMN digest TO checksum",
  },
  {
    name: "a child",
    sql: "CREATE TABLE dba.child () INHERITS (migrator.migration_logs)",
    ends: 5,
  },
  {
    name: "extended statistics",
    sql: "CREATE STATISTICS dba.both ON database, version FROM migrator.migration_logs",
    ends: 5,
  },
  {
    name: "a tablespace of its own",
    sql: "ALTER TABLE migrator.migration_logs SET TABLESPACE pg_default",
  },
  {
    name: "a sequence at its end",
    sql: "ALTER SEQUENCE migrator.migration_logs_id_seq MAXVALUE 12",
    ends: 7,
    cure: "ALTER SEQUENCE migrator.migration_logs_id_seq NO MAXVALUE",
  },
  {
    name: "a sequence that began again",
    sql: "ALTER SEQUENCE migrator.migration_logs_id_seq RESTART 1",
  },
  {
    name: "a view that is missing",
    sql: "DROP VIEW migrator.dirty",
  },
  {
    name: "a view that shows something else",
    sql: `DROP VIEW migrator.dirty;
      CREATE VIEW migrator.dirty AS SELECT 1 AS nothing`,
    undo:
      "DROP VIEW migrator.dirty; CREATE VIEW migrator.dirty AS SELECT * FROM migrator.status WHERE state = 'dirty'",
  },
  {
    name: "a view in the place of a table",
    sql: `ALTER TABLE migrator.migration_logs SET SCHEMA dba;
      CREATE VIEW migrator.migration_logs AS SELECT * FROM dba.migration_logs`,
    ends: 5,
    cure: `DROP VIEW migrator.migration_logs CASCADE;
      ALTER TABLE dba.migration_logs SET SCHEMA migrator`,
    undo: "SELECT 1",
  },
  {
    name: "a publication of one of the tables without its key",
    sql: `ALTER TABLE migrator.databases REPLICA IDENTITY NOTHING;
      CREATE PUBLICATION p FOR TABLE migrator.databases`,
    ends: 5,
    cure: "ALTER TABLE migrator.databases REPLICA IDENTITY DEFAULT",
  },
];
