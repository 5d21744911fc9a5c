// Pure.
/**
 * Tools whose files no layout reads, because they are programs or a language of their own. Their
 * tables are recognised, so that nothing is run over a database of theirs.
 *
 * @module
 */

import { type ForeignTable, type ForeignTool, hasColumns } from "../foreign_tool.ts";

interface Other {
  readonly title: string;
  readonly recognises: (table: ForeignTable) => boolean;
  /** An SQL expression for what the tool calls a migration. */
  readonly key: string;
  /** What the newest row is sorted last by. */
  readonly order?: string;
  readonly schemas?: readonly string[];
}

const called = (...names: string[]) => ({ name }: ForeignTable) => names.includes(name);

const OTHERS: readonly Other[] = [
  {
    title: "Rails",
    recognises: called("ar_internal_metadata"),
    key: "key || '=' || value",
  },
  {
    title: "Ecto",
    recognises: (table) =>
      table.name === "schema_migrations" && table.columns.size === 2 &&
      hasColumns(table, { version: "bigint", inserted_at: "timestamp without time zone" }),
    key: "version",
  },
  { title: "Alembic", recognises: called("alembic_version"), key: "version_num" },
  {
    title: "Django",
    recognises: called("django_migrations"),
    key: "app || '.' || name",
    order: "id",
  },
  { title: "Knex", recognises: called("knex_migrations"), key: "name", order: "id" },
  { title: "Sequelize", recognises: called("SequelizeMeta"), key: "name" },
  {
    title: "TypeORM",
    recognises: (table) =>
      table.columns.size === 3 &&
      hasColumns(table, { id: "integer", timestamp: "bigint", name: "character varying" }),
    key: "name",
    order: "id",
  },
  { title: "MikroORM", recognises: called("mikro_orm_migrations"), key: "name", order: "id" },
  {
    title: "Laravel",
    recognises: (table) =>
      table.name === "migrations" &&
      hasColumns(table, { migration: "character varying", batch: "integer" }),
    key: "migration",
    order: "id",
  },
  { title: "Phinx", recognises: called("phinxlog"), key: "version" },
  {
    title: "Doctrine",
    recognises: called("doctrine_migration_versions", "migration_versions"),
    key: "version",
  },
  {
    title: "Entity Framework",
    recognises: called("__EFMigrationsHistory"),
    key: '"MigrationId"',
  },
  {
    title: "Liquibase",
    recognises: called("databasechangelog"),
    key: "id",
    order: "orderexecuted",
  },
  {
    title: "Sqitch",
    recognises: (table) => table.name === "changes" && table.columns.has("change_id"),
    key: "project || ' ' || change",
    order: "committed_at",
    schemas: ["sqitch"],
  },
  { title: "yoyo", recognises: called("_yoyo_migration"), key: "migration_id" },
  { title: "Kysely", recognises: called("kysely_migration"), key: "name" },
  {
    title: "popx",
    recognises: (table) => table.name === "schema_migration" && table.columns.has("version"),
    key: "version",
  },
];

/** Each as a tool that can only be taken over from with a baseline. */
export const otherTools: readonly ForeignTool[] = OTHERS.map(
  ({ title, recognises, key, order = key, schemas = [] }) => ({
    name: title.toLowerCase(),
    title,
    isAdoptable: false,
    schemas,
    recognises,
    query: (table) => `SELECT ${key} AS key FROM ${table} ORDER BY ${order}`,
    read: (rows) => ({
      records: "each",
      entries: rows.map((row) => ({ key: row["key"] ?? "", state: "applied" })),
    }),
  }),
);
