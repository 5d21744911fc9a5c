// Pure.
/**
 * What an administrator may have put into a database. Where nothing else is needed, it is in the schema
 * `dba`, and leaves the product's schema alone.
 *
 * @module
 */

import type { Major } from "../../support/server_binaries.ts";

/** Who runs migrator: a superuser, or the owner of the database, who is none. */
export type Runner = "superuser" | "owner";

/** One thing, and how `up` must answer it. */
export interface DbaObject {
  readonly name: string;
  /** Run by a superuser, in the database. `{owner}` is the role that owns the database. */
  readonly sql: string;
  /** Before the first run; otherwise after five migrations. */
  readonly isFirst?: true;
  readonly runner?: Runner;
  /** Exit status of `up`. Default: 0. */
  readonly ends?: number;
  /** What a person does after a refusal whose hint has no statement of its own. */
  readonly cure?: string;
  /** Run before the database is looked at: what would disturb the oracle. */
  readonly undo?: string;
  /** The product's objects are others with it, in psql too: only history and words are compared. */
  readonly changesContents?: true;
  readonly since?: Major;
}

/** A trigger function that keeps a log, and one that stops everything. */
export const PREPARE = `
  CREATE SCHEMA dba;
  CREATE TABLE dba.log (at timestamptz DEFAULT now(), what text);
  CREATE ROLE {other};
  GRANT USAGE ON SCHEMA dba TO PUBLIC;
  GRANT ALL ON dba.log TO PUBLIC;
  CREATE FUNCTION dba.note() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO dba.log (what) VALUES (TG_OP); RETURN NEW; END $$;
  CREATE FUNCTION dba.drop_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;`;
