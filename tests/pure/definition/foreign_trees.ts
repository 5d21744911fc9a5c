/**
 * Small sets of migrations in the layouts of other tools, and what they are read as.
 *
 * @module
 */

import type { LayoutName } from "../../../src/definition/migration/definition.ts";
import type { LayoutReading } from "../../../src/definition/layouts/layout.ts";
import type { Files } from "../../support/folder.ts";

/** A migration as it is read: `version name`, statements, `-` without a way back. */
export interface Expected {
  readonly is: string;
  readonly up: readonly string[];
  readonly down?: readonly string[];
  /** `none` unless it is `single`, for the way up and the way down. */
  readonly transaction?: string;
  /** What its own tool knows it by. Default: the version. */
  readonly key?: string;
  readonly checksum?: string;
}

/** A set and its reading. */
export interface Tree {
  readonly layout: LayoutName;
  readonly files: Files;
  readonly reading?: LayoutReading;
  readonly gives: readonly Expected[];
}

/** A statement of a migration. */
export const A = "CREATE TABLE a (id int)";
/** Another. */
export const B = "CREATE TABLE b (id int)";
const INDEX = "CREATE INDEX CONCURRENTLY a_id ON a (id)";

/** At least one for each layout. */
export const TREES: readonly Tree[] = [
  {
    layout: "goose",
    files: {
      "00002_fn.sql": "-- +goose Up\n-- +goose StatementBegin\nDO $$ BEGIN PERFORM 1; END $$;\n" +
        "-- +goose StatementEnd\n-- +goose Down\nSELECT 2;\n",
      "00001_a.sql": `-- what it does\n-- +goose Up\n${A};\n-- +goose Down\nDROP TABLE a;\n`,
      "00010_i.sql": `-- +goose NO TRANSACTION\n-- +goose Up\n${INDEX};\n`,
      "main.go": "package main",
    },
    gives: [
      { is: "1 a", up: [A], down: ["DROP TABLE a"] },
      { is: "2 fn", up: ["DO $$ BEGIN PERFORM 1; END $$"], down: ["SELECT 2"] },
      { is: "10 i", up: [INDEX], transaction: "none" },
    ],
  },
  {
    layout: "goose",
    files: {
      "1_a.sql":
        "-- +goose Up\n-- +goose ENVSUB ON\nCREATE TABLE ${NAME} (id int DEFAULT ${D:-7});\n" +
        "-- +goose ENVSUB OFF\nSELECT '${NAME}';\n",
    },
    reading: { variables: new Map([["NAME", "users"]]) },
    gives: [{ is: "1 a", up: ["CREATE TABLE users (id int DEFAULT 7)", "SELECT '${NAME}'"] }],
  },
  {
    layout: "dbmate",
    files: {
      "20240101000000_a.sql": `-- migrate:up\n${A};\n\n-- migrate:down\nDROP TABLE a;\n`,
      "20240102000000_i.sql": `-- migrate:up transaction:false\n${INDEX};\n-- migrate:down\n`,
    },
    gives: [
      { is: "20240101000000 a", up: [A], down: ["DROP TABLE a"] },
      { is: "20240102000000 i", up: [INDEX], down: [], transaction: "none single" },
    ],
  },
  {
    layout: "sql-migrate",
    files: {
      "1_a.sql": `-- +migrate Up\n${A};\n-- +migrate Down\nDROP TABLE a;\n`,
      "1_b.sql": `-- +migrate Up notransaction\n${B};\n-- +migrate Down\nDROP TABLE b;\n`,
    },
    gives: [
      { is: "1 a", up: [A], down: ["DROP TABLE a"], key: "1_a.sql" },
      {
        is: "101 b",
        up: [B],
        down: ["DROP TABLE b"],
        transaction: "none single",
        key: "1_b.sql",
      },
    ],
  },
  {
    layout: "node-pg-migrate",
    files: {
      "20240131093015123_b.sql": `-- Up Migration\n${B};\n\n-- Down Migration\nDROP TABLE b;\n`,
      "1700000000000_a.sql": `${A};\n`,
    },
    gives: [
      { is: "1700000000000 a", up: [A], key: "1700000000000_a" },
      {
        is: "20240131093015123 b",
        up: [B],
        down: ["DROP TABLE b"],
        key: "20240131093015123_b",
      },
    ],
  },
  {
    layout: "tern",
    files: {
      "001_a.sql": `${A};\n\n---- create above / drop below ----\n\nDROP TABLE a;\n`,
      "002_b.sql": `CREATE TABLE {{.prefix}}b ();\n---- create above / drop below ----\n`,
      "003_i.sql": `---- tern: disable-tx ----\n${INDEX};\n`,
    },
    reading: { variables: new Map([["prefix", "x_"]]) },
    gives: [
      { is: "1 a", up: [A], down: ["DROP TABLE a"] },
      { is: "2 b", up: ["CREATE TABLE x_b ()"] },
      { is: "3 i", up: [INDEX], transaction: "none" },
    ],
  },
  {
    layout: "sqlx",
    files: {
      "1_a.sql": `${A};\n`,
      "2_i.sql": `-- no-transaction\n${B};\n`,
    },
    gives: [
      {
        is: "1 a",
        up: [A],
        // printf 'CREATE TABLE a (id int);\n' | sha384sum
        checksum: "52dcffb424aeb77cd96de966de88547001ad9656d3d53e03c8907e0f31653840" +
          "336ff6b02aeb25a48ef7d46e1ce5f7f9",
      },
      { is: "2 i", up: [B], transaction: "none" },
    ],
  },
  {
    layout: "sqlx",
    files: {
      "1_a.up.sql": `-- no-transaction\n${A};\n`,
      "1_a.down.sql": "DROP TABLE a;\n",
    },
    gives: [{ is: "1 a", up: [A], down: ["DROP TABLE a"], transaction: "none single" }],
  },
  {
    layout: "supabase",
    reading: { layout: "supabase" },
    files: { "20240101000000_a.sql": `${A};\n`, "20240101000001_b.sql": `${B};\n` },
    gives: [{ is: "20240101000000 a", up: [A] }, { is: "20240101000001 b", up: [B] }],
  },
  {
    layout: "drizzle",
    files: {
      "meta/_journal.json": JSON.stringify({
        entries: [
          { idx: 0, when: 1700000000000, tag: "0000_b" },
          { idx: 1, when: 1700000000001, tag: "0000_a" },
        ],
      }),
      "0000_a.sql": `${A};\n--> statement-breakpoint\nSELECT 1;\n`,
      "0000_b.sql": `${B};\n`,
    },
    gives: [
      { is: "0 b", up: [B], key: "1700000000000" },
      { is: "1 a", up: [A, "SELECT 1"], key: "1700000000001" },
    ],
  },
  {
    layout: "prisma",
    files: {
      "migration_lock.toml": 'provider = "postgresql"\n',
      "20240101000000_b/migration.sql": `${B};\n`,
      "20240101000000_a/migration.sql": `${A};\n`,
      "20240101000000_a/down.sql": "DROP TABLE a;\n",
    },
    gives: [
      {
        is: "20240101000000 a",
        up: [A],
        down: ["DROP TABLE a"],
        key: "20240101000000_a",
      },
      { is: "2024010100000001 b", up: [B], key: "20240101000000_b" },
    ],
  },
  {
    layout: "flyway",
    files: {
      "V1_10__b.sql": `${B};\n`,
      "sub/V1.2__create_a.sql": `CREATE TABLE \${schema}.a (id int);\n`,
      "U1.2__create_a.sql": "DROP TABLE ${schema}.a;\n",
      "V2.0__i.sql": `${INDEX};\n`,
      "V2.0__i.sql.conf": "executeInTransaction=false\n",
    },
    reading: { variables: new Map([["schema", "app"]]) },
    gives: [
      {
        is: "10002 1.2 create a",
        up: ["CREATE TABLE app.a (id int)"],
        down: ["DROP TABLE app.a"],
        key: "1.2",
      },
      // python3: zlib.crc32(b"CREATE TABLE b (id int);")
      { is: "10010 1.10 b", up: [B], key: "1.10", checksum: "1128195672" },
      { is: "2 i", up: [INDEX], transaction: "none" },
    ],
  },
  {
    layout: "flyway",
    files: { "B3__base.sql": `${A};\n`, "V4__b.sql": `${B};\n` },
    gives: [{ is: "3 base", up: [A] }, { is: "4 b", up: [B] }],
  },
  {
    layout: "refinery",
    files: { "V7__initial.sql": `${A};\n`, "U8__b.sql": `${B};\n` },
    reading: { layout: "refinery" },
    gives: [
      // PYTHONHASHSEED=0 python3.11: hash(b"initial\xff\x07\0\0\0CREATE TABLE a (id int);\n\xff")
      { is: "7 initial", up: [A], checksum: "13544980910122385276" },
      { is: "8 b", up: [B] },
    ],
  },
  {
    // Written by graphile-migrate 2.
    layout: "graphile-migrate",
    files: {
      "000001-first-one.sql": "--! Previous: -\n" +
        "--! Hash: sha1:1d635ba79c90a0956f5c6ec9c4914600ecc40998\n--! Message: first one\n\n" +
        "CREATE TABLE a (id int PRIMARY KEY);\nGRANT SELECT ON a TO :APP_ROLE;\n" +
        "COMMENT ON DATABASE :DATABASE_NAME IS NULL;\n",
      "000002.sql": "--! Previous: sha1:1d635ba79c90a0956f5c6ec9c4914600ecc40998\n" +
        "--! Hash: sha1:56e857045d3b055525c18d0beeea91207225e61f\n\n" +
        "--! no-transaction\nCREATE INDEX CONCURRENTLY a_i ON a (id);\n",
    },
    reading: { variables: new Map([["APP_ROLE", "app"], ["DATABASE_NAME", "shop"]]) },
    gives: [
      {
        is: "1 first-one",
        up: [
          "CREATE TABLE a (id int PRIMARY KEY)",
          "GRANT SELECT ON a TO app",
          "COMMENT ON DATABASE shop IS NULL",
        ],
        key: "000001.sql",
        checksum: "sha1:1d635ba79c90a0956f5c6ec9c4914600ecc40998",
      },
      {
        is: "2 ",
        up: ["CREATE INDEX CONCURRENTLY a_i ON a (id)"],
        transaction: "none",
        key: "000002.sql",
        checksum: "sha1:56e857045d3b055525c18d0beeea91207225e61f",
      },
    ],
  },
  {
    layout: "hasura",
    files: {
      "1700000000000_a/up.sql": `${A};\n`,
      "1700000000000_a/down.sql": "DROP TABLE a;\n",
      "1700000000001_b/up.sql": `${B};\n`,
    },
    gives: [
      { is: "1700000000000 a", up: [A], down: ["DROP TABLE a"] },
      { is: "1700000000001 b", up: [B] },
    ],
  },
];
