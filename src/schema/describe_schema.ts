/**
 * Reads a database's schema from pg_catalog.
 *
 * @module
 */

import type { Answer, Session } from "../connection/session/session.ts";
import { SqlError } from "../connection/session/session.ts";
import {
  beginStatement,
  SAFE_SEARCH_PATH,
  timeLimits,
} from "../connection/session/begin_statement.ts";
import { Failure } from "../failure.ts";
import { assembleSchema, type CommentRow, type LabelRow } from "./assemble.ts";
import type { ReadRow } from "./model/kind.ts";
import { KINDS } from "./kinds.ts";
import { schemasSubquery } from "./model/reading.ts";
import type { Schema } from "./model/schema.ts";

/** What is to be described. */
export interface DescribeOptions {
  /** PostgreSQL schemas that are left out, with all that is in them: `migrator`. */
  readonly without?: readonly string[];
  /** Milliseconds to wait for a lock on a relation, default 5,000: printing a view takes one. */
  readonly lockTimeout?: number;
}

/** A schema, and what the server calls its objects. */
export interface DescribedSchema {
  readonly schema: Schema;
  /** The oid of each object, by address. */
  readonly oids: ReadonlyMap<string, number>;
}

/** Printed text must not depend on who asks: these decide how the server prints. */
const SETTINGS = [
  SAFE_SEARCH_PATH,
  "DateStyle = 'ISO, YMD'",
  "IntervalStyle = 'postgres'",
  "TimeZone = 'UTC'",
  "extra_float_digits = 1",
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  "quote_all_identifiers = off",
  "standard_conforming_strings = on",
  "jit = off",
];

/** Concurrent DDL can make an object vanish between two looks at it: then everything is read again. */
const ATTEMPTS = 3;

/** internal_error (`cache lookup failed`), undefined_table, undefined_object, undefined_function. */
const VANISHED = ["XX000", "42P01", "42704", "42883"];

/** lock_not_available. */
const LOCKED = "55P03";

/**
 * Describes everything that users have created, in one transaction that cannot write, in two round
 * trips. No right is needed but to connect.
 *
 * @param session Outside any transaction.
 * @throws {Failure} `connection/lost`, `lock/schema`: somebody holds a lock on a relation for too long.
 * @throws {SqlError} Anything else that the server refused.
 */
export async function describeSchema(
  session: Session,
  options: DescribeOptions = {},
): Promise<Schema> {
  return (await describeWithOids(session, options)).schema;
}

/**
 * The same, with the oids that the server knows objects by.
 *
 * @throws What `describeSchema` throws.
 */
export async function describeWithOids(
  session: Session,
  options: DescribeOptions = {},
): Promise<DescribedSchema> {
  for (let attempt = 1;; attempt++) {
    try {
      return await readOnce(session, options);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      if (error.server.sqlstate === LOCKED) throw locked(error, options);
      if (attempt === ATTEMPTS || !VANISHED.includes(error.server.sqlstate)) throw error;
    }
  }
}

async function readOnce(session: Session, options: DescribeOptions): Promise<DescribedSchema> {
  const { version } = session.server;
  const context = { version, schemas: schemasSubquery(options.without ?? []) };
  const limits = timeLimits(session.server, { statement: 0, lock: options.lockTimeout ?? 5_000 });
  await session.query(beginStatement("REPEATABLE READ READ ONLY", [...limits, ...SETTINGS]));
  const result = await session.pipeline([
    ...KINDS.map((kind) => kind.query(context)),
    DEPENDENCIES,
    COMMENTS,
    LABELS,
    "COMMIT",
  ]);
  if (!result.ok) throw new SqlError(result.error);
  const { answers } = result;
  const [dependencies, comments, labels] = answers.slice(KINDS.length);
  return assembleSchema({
    server: version,
    kinds: answers.slice(0, KINDS.length).map((answer) => rowsOf<ReadRow>(answer)),
    dependencies: dependencies?.rows[0]?.["lines"] ?? "",
    comments: rowsOf<CommentRow>(comments!),
    labels: rowsOf<LabelRow>(labels!),
  });
}

function rowsOf<T>(answer: Answer): readonly T[] {
  return answer.rows as readonly unknown[] as readonly T[];
}

/** Of what users have made. One text for all, because a row for each would take ten times the memory. */
const DEPENDENCIES = `SELECT string_agg(concat_ws(' ', classid, objid, refclassid, refobjid,
    refobjsubid, deptype), E'\\n' ORDER BY classid, objid, refclassid, refobjid, refobjsubid, deptype)
    AS lines
  FROM pg_depend WHERE objid >= 16384
    AND (refobjid >= 16384 OR refclassid = 'pg_namespace'::regclass)`;

const COMMENTS =
  `SELECT classoid AS class, objoid AS oid, objsubid AS column, description AS comment
  FROM pg_description WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass
  UNION ALL
  SELECT classoid, objoid, 0, description
  FROM pg_shdescription WHERE classoid = 'pg_subscription'::regclass`;

const LABELS = `SELECT classoid AS class, objoid AS oid, objsubid AS column, provider, label
  FROM pg_seclabel WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass
  UNION ALL
  SELECT classoid, objoid, 0, provider, label
  FROM pg_shseclabel WHERE classoid = 'pg_subscription'::regclass
  ORDER BY class, oid, "column", provider`;

function locked(error: SqlError, { lockTimeout = 5000 }: DescribeOptions): Failure {
  return new Failure(
    "lock/schema",
    `Could not describe the schema: for ${
      lockTimeout / 1000
    } s another session has held a lock that ` +
      `no reader gets past (${error.server.message}).`,
    { hint: "Run migrator lock: a migration may be under way. Then try again." },
  );
}
