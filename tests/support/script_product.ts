/**
 * A product with every kind of step that a script writes.
 *
 * @module
 */

import { concurrently, type Written } from "./harness.ts";

/** Statements that psql would take for its own, in every place where it could. */
const HOSTILE = String.raw`
-- a comment with a \q and a :name and a 'quote
CREATE TABLE texts (id serial PRIMARY KEY, t text, a int[]);
INSERT INTO texts (t, a) VALUES
  ('a line
\q
\echo :migrator_fence :USER
', (ARRAY[1,2,3])[1:2]),
  (E'it\'s :USER \\ ; ', (ARRAY[1,2,3])[:2]),
  ($$ ; :USER \g $$, NULL),
  (U&'\0041:USER', NULL),
  ('back\slash', '{}'), (':''USER''', '{}'), ('é € 🐘', '{}');
/* a block; with \g and :USER /* and another ' */ */
CREATE FUNCTION begin(begin int DEFAULT 1) RETURNS int LANGUAGE sql AS $f$
  SELECT $1; -- :USER \q
$f$;
CREATE RULE twice AS ON DELETE TO texts DO ALSO (SELECT 1; SELECT 2);
CREATE VIEW slices AS SELECT a[1:2] AS part, t::varchar AS ":USER" FROM texts;
DO $do$ BEGIN PERFORM 1; END $do$;
`;

/** In the order in which they run. */
export const SCRIPT_PRODUCT: readonly Written[] = [
  {
    up: "CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL)",
    down: "DROP TABLE users",
  },
  {
    up: HOSTILE,
    down: "DROP VIEW slices; DROP FUNCTION begin(int); DROP TABLE texts",
  },
  concurrently("CREATE INDEX CONCURRENTLY users_name ON users (name)", {
    down: "DROP INDEX CONCURRENTLY users_name",
  }),
  {
    up: "SET search_path = public; SET ROLE NONE; CREATE TYPE mood AS ENUM ('sad', 'ok');" +
      "ALTER TABLE users ADD COLUMN m mood DEFAULT 'ok'; SET LOCAL statement_timeout = '1h'",
    down: "ALTER TABLE users DROP COLUMN m; DROP TYPE mood",
    yaml: "lockTimeout: 1234ms\nstatementTimeout: 1min",
  },
  {
    up:
      "SET search_path = public;\nALTER TYPE mood ADD VALUE 'happy';\nUPDATE users SET m = 'happy';\n" +
      "VACUUM users;\nDO $$BEGIN COMMIT; END$$;\nREINDEX TABLE users;\nINSERT INTO users (name) VALUES ('z')",
    down: "DELETE FROM users WHERE m = 'happy' OR name = 'z'",
    yaml: "transaction: none",
  },
  {
    up: "CREATE TABLE parts (id int) PARTITION BY RANGE (id);" +
      "CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)",
    down: "DROP TABLE parts; DROP TABLE IF EXISTS part_1",
  },
  concurrently("CREATE UNIQUE INDEX CONCURRENTLY ON users (lower(name)) WHERE name <> ' USING '", {
    down: "DROP INDEX CONCURRENTLY users_lower_idx",
  }),
  {
    up:
      "CREATE TABLE posts (id serial PRIMARY KEY, author int REFERENCES users DEFERRABLE INITIALLY " +
      "DEFERRED); INSERT INTO users (id, name) VALUES (1000000, 'x'); INSERT INTO posts (author) VALUES (1000000)",
    down: "DROP TABLE posts; DELETE FROM users WHERE id = 1000000",
  },
  {
    up:
      "BEGIN ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE tx_1 (i int);\nSET search_path = public;\nCOMMIT;\n" +
      "CREATE TABLE tx_2 (i int);\nROLLBACK;\nBEGIN;\nCREATE TABLE tx_3 (i int);\nSAVEPOINT p;\n" +
      "INSERT INTO tx_3 VALUES (1);\nROLLBACK TO p;\nINSERT INTO tx_3 VALUES (2);\nCOMMIT;\n" +
      "CREATE TABLE tx_4 (i int);",
    down: "DROP TABLE tx_1, tx_3; DROP TABLE tx_4",
  },
];
