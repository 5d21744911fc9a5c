/**
 * Whose our tables are, and whether anything hangs on them that would run with our rights.
 *
 * Whoever may create schemas in a database can be there before us, with a schema of our name and
 * tables that are none: a view, a trigger, a default or an index that calls a function runs as
 * whoever reads or writes. So each message that reads is led by a look at the catalogs, which the
 * server answers before it so much as plans what follows; and each run looks once, and closer, before
 * its first write.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { historyExists } from "./installed.ts";
import type { HistoryName } from "./history_name.ts";

/** Something that has no place on a table of ours. */
interface Oddity {
  /** SQL over `c`, the relation in `pg_class`. */
  readonly when: string;
  readonly says: string;
  /** Undefined where the owner, or an administrator, has to be asked. */
  readonly remedy?: (table: string) => string;
}

/** An oid from which objects are not PostgreSQL's own. */
const FIRST_NORMAL_OID = 16384;

const recreated = (table: string) => `After looking at what is in it: DROP TABLE ${table}`;

/** What could run a function of somebody's when the table is only read, or planned to be. */
const WHEN_READ: readonly Oddity[] = [
  { when: "c.relkind <> 'r'", says: "is not a plain table" },
  {
    when: "c.relrowsecurity OR c.relforcerowsecurity",
    says: "has row level security",
    remedy: (table) => `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
  },
  { when: "c.relhasrules", says: "has rules" },
  {
    when: "c.relispartition OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i " +
      "WHERE i.inhparent = c.oid OR i.inhrelid = c.oid)",
    says: "is part of an inheritance tree",
  },
  { when: "c.relchecks > 0", says: "has check constraints" },
  {
    when: "c.relhasindex AND EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE " +
      "i.indrelid = c.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL))",
    says: "has an index over an expression or with a condition",
  },
  {
    when: "EXISTS (SELECT FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = c.oid)",
    says: "has extended statistics",
  },
  {
    when: "EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND " +
      `a.attnum > 0 AND (a.atttypid >= ${FIRST_NORMAL_OID} OR a.attgenerated <> ''))`,
    says: "has columns of types that are not PostgreSQL's own, or that are generated",
  },
];

/**
 * A role whose objects we touch: ourselves, a superuser, or one whose rights are ours as well. A
 * superuser has everybody's rights, and is exactly whom a lesser role would like to act for it.
 */
function isTrusted(owner: string): string {
  return "EXISTS (SELECT FROM pg_catalog.pg_roles AS o, pg_catalog.pg_roles AS me " +
    `WHERE o.oid = ${owner} AND me.rolname = CURRENT_USER AND (o.oid = me.oid OR o.rolsuper OR ` +
    "NOT me.rolsuper AND pg_catalog.pg_has_role(me.oid, o.oid, 'USAGE')))";
}

/** What could run a function of somebody's when the table is written. */
const WHEN_WRITTEN: readonly Oddity[] = [
  ...WHEN_READ,
  { when: `NOT ${isTrusted("c.relowner")}`, says: "belongs to another role" },
  {
    when: "EXISTS (SELECT FROM pg_catalog.pg_trigger AS t WHERE t.tgrelid = c.oid AND " +
      "NOT t.tgisinternal)",
    says: "has triggers",
  },
  {
    when:
      "EXISTS (SELECT FROM pg_catalog.aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner " +
      `AND a.privilege_type = 'TRIGGER' AND NOT ${isTrusted("a.grantee")})`,
    says: "may be given triggers by other roles",
    remedy: (table) => `REVOKE TRIGGER ON ${table} FROM that role`,
  },
  {
    // pg_get_expr opens the table that it is about, and waits for whoever has locked it. A planner may
    // ask it of all defaults that there are; in this way it is asked of those of `c` only.
    when: "EXISTS (SELECT FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = c.oid AND " +
      "CASE WHEN d.adrelid = c.oid THEN pg_catalog.pg_get_expr(d.adbin, c.oid) END " +
      "NOT IN ('0', 'false', '''{}''::jsonb'))",
    says: "has a column default that is not ours",
  },
];

/** Tables of ours; default: those of the history. */
export interface MigratorTables extends HistoryName {
  readonly tables?: readonly string[];
  /** What they hold, for messages: `the history`. */
  readonly holding?: string;
}

const TABLES = ["databases", "migration_logs", "migration_definitions"];
const VIEWS = ["status", "dirty"];

const named = (names: readonly string[]) => names.map(quoteLiteral).join(", ");

/** The odd ones among our tables, as `name`, `owner` and `oddity`: the number of the first. */
function oddTables(
  { schema, tables = TABLES }: MigratorTables,
  oddities: readonly Oddity[],
): string {
  const first = oddities.map(({ when }, index) => `WHEN ${when} THEN ${index}`).join(" ");
  return "SELECT c.relname::pg_catalog.text AS name, " +
    `pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text AS owner, CASE ${first} END AS oddity ` +
    "FROM pg_catalog.pg_class AS c WHERE c.relnamespace = " +
    `(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(schema)}) ` +
    `AND c.relname IN (${named(tables)})`;
}

/** The schema, and our views, where they belong to somebody else: `name` is NULL for the schema. */
function foreignOwners(schema: string): string {
  return "SELECT NULL::pg_catalog.text, pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text, " +
    `-1 FROM pg_catalog.pg_namespace AS n WHERE n.nspname = ${quoteLiteral(schema)} ` +
    `AND NOT ${isTrusted("n.nspowner")} UNION ALL ` +
    "SELECT c.relname::pg_catalog.text, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text, " +
    "-1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace " +
    `WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname IN (${named(VIEWS)}) ` +
    `AND NOT ${isTrusted("c.relowner")}`;
}

/** What a message does with our tables. */
export type TableAccess = "read" | "write";

function oddQuery(ours: MigratorTables, access: TableAccess): string {
  return access === "read"
    ? oddTables(ours, WHEN_READ)
    : `${foreignOwners(ours.schema)} UNION ALL ${oddTables(ours, WHEN_WRITTEN)}`;
}

/** division_by_zero: the one way for a plain query to fail on purpose. */
const REFUSED = "22012";

/**
 * A query that fails unless our tables, where they are there, can be touched without running anything
 * of somebody else's. To be sent in front of the statement that does, in one message, with a
 * search_path of our own. Ask `refusalOf` what its failure means.
 */
export function assertTrusted(ours: MigratorTables, access: TableAccess): string {
  return "SELECT 1 / CASE WHEN EXISTS (SELECT FROM " +
    `(${oddQuery(ours, access)}) AS odd (name, owner, oddity) WHERE oddity IS NOT NULL) ` +
    "THEN 0 ELSE 1 END AS migrator_tables_are_plain";
}

/** What the server would say, and write into its log. */
const NOT_THERE = {
  sqlstate: "42P01",
  severity: "ERROR",
  message: "the tables of the history are not there",
} as const;

/**
 * Reads from our tables, as `catalogRead` does.
 *
 * @throws {Failure} `history/untrusted` when reading could do more than read.
 * @throws {SqlError} What the server refused.
 */
export async function readTrusted(
  session: Session,
  name: HistoryName,
  query: string,
): Promise<readonly Row[]> {
  if (!await historyExists(session, name)) throw new SqlError(NOT_THERE);
  try {
    return await catalogRead(session, `${assertTrusted(name, "read")}; ${query}`);
  } catch (error) {
    throw await untrustedFailure(error, { session, name, access: "read" });
  }
}

/** `history/untrusted` where `assertTrusted` failed, naming what is wrong; else the error itself. */
export async function untrustedFailure(
  error: unknown,
  { session, name, access }: {
    readonly session: Session;
    readonly name: MigratorTables;
    readonly access: TableAccess;
  },
): Promise<unknown> {
  if (!(error instanceof SqlError) || error.server.sqlstate !== REFUSED) return error;
  const rows = await catalogRead(
    session,
    `SELECT *, CURRENT_USER AS role FROM (${oddQuery(name, access)}) ` +
      "AS odd (name, owner, oddity) WHERE oddity IS NOT NULL ORDER BY name NULLS FIRST",
  );
  const [odd] = rows;
  return odd === undefined ? error : refusal(name, { odd, access });
}

function refusal(
  { schema, database, holding = "the history" }: MigratorTables,
  { odd, access }: { readonly odd: Row; readonly access: TableAccess },
): Failure {
  const { name: relation, owner, role } = odd;
  const table = quoteIdentifier(schema) + (relation ? `.${relation}` : "");
  const oddity = WHEN_WRITTEN[Number(odd["oddity"])];
  const isForeign = oddity === undefined || oddity.says === "belongs to another role";
  return new Failure(
    "history/untrusted",
    `Refused to ${access} ${holding} of database "${database}": ` +
      (isForeign
        ? `${
          relation ? table : `the schema ${table}`
        } belongs to role "${owner}", and this run is ` +
          `"${role}".`
        : `${table} ${oddity.says}, which could run somebody else's code as "${role}".`),
    {
      hint: isForeign
        ? `Connect as "${owner}", or, after looking at what is in it, give it to who migrates: ` +
          `ALTER ${relation ? "TABLE" : "SCHEMA"} ${table} OWNER TO ${quoteIdentifier(role ?? "")}`
        : `It belongs to role "${owner}", who has to answer for it. ` +
          (oddity.remedy ?? recreated)(table),
      facts: { database, object: table, owner },
    },
  );
}
