/**
 * Checks that the role has the privileges that the migrations and migrator's own tables need.
 *
 * @module
 */

import type { Row, Session } from "../../connection/session/session.ts";
import { schemaInSql } from "../../history/schema.ts";
import { ownerToConnectAs } from "../../history/owner.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
import { CREATE_ELSEWHERE, isSystemSchema } from "../../sql/system_schema.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  fail,
  look,
  lookAtOne,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";
import type { Needs } from "../check/needs.ts";

/** A schema in which migrations create objects. */
export interface SchemaRights {
  readonly name: string;
  readonly exists: boolean;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
  /** The first migration that does so. */
  readonly migration: string;
}

/** The privileges of the role. */
export interface Rights {
  readonly role: string;
  /** The session user, when it is another role. */
  readonly login: string | undefined;
  readonly superuser: boolean;
  /** Roles that it is a member of; empty for superusers, who have the privileges of all. */
  readonly memberOf: readonly string[];
  readonly database: string;
  readonly createsSchemas: boolean;
  /** The name of migrator's schema. */
  readonly schema: string;
  /** migrator's schema, when it exists. */
  readonly own: {
    readonly owner: string;
    readonly owns: boolean;
    /** The role can create missing tables there, and write to existing ones. */
    readonly writes: boolean;
  } | undefined;
  /** The schema in which unqualified names are created; undefined when there is none. */
  readonly createsIn: string | undefined;
  readonly schemas: readonly SchemaRights[];
  /** The first migration that creates a schema, if any. */
  readonly schemaMaker: string | undefined;
}

export const rightsCheck = makeCheck({ name: "rights", embedded: true, read, judge: judgeRights });

async function read(session: Session, { history, needs }: CheckedDatabase): Promise<Rights> {
  const { schema } = history;
  const row = await lookAtOne(
    session,
    `SELECT pg_catalog.quote_ident(CURRENT_USER) AS role,
      CASE WHEN SESSION_USER <> CURRENT_USER THEN pg_catalog.quote_ident(SESSION_USER) END AS login,
      (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER) AS superuser,
      (SELECT pg_catalog.string_agg(rolname, ',' ORDER BY rolname) FROM pg_catalog.pg_roles
        WHERE rolname <> CURRENT_USER AND pg_catalog.pg_has_role(oid, 'MEMBER')) AS member_of,
      pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS creates_schemas,
      ${ownerToConnectAs("s.nspowner")} AS owner,
      pg_catalog.pg_has_role(s.nspowner, 'USAGE') AS owns,
      CASE WHEN t.oid IS NULL THEN pg_catalog.has_schema_privilege(s.oid, 'CREATE')
        ELSE pg_catalog.has_schema_privilege(s.oid, 'USAGE')
          AND pg_catalog.has_table_privilege(t.oid, 'INSERT') END AS writes
    FROM (SELECT) AS one
      LEFT JOIN pg_catalog.pg_namespace AS s ON s.nspname = ${quoteLiteral(schema)}
      LEFT JOIN pg_catalog.pg_class AS t ON t.relnamespace = s.oid AND t.relname = 'migration_logs'`,
  );
  // Sent without the usual wrapper, which sets a search_path of its own.
  const { rows: [path] } = await session.query("SELECT pg_catalog.current_schema() AS schema");
  const createsIn = path?.["schema"] ?? undefined;
  const needed = await needs();
  const superuser = row["superuser"] === "t";
  return {
    role: row["role"] ?? "",
    login: row["login"] ?? undefined,
    superuser,
    memberOf: superuser ? [] : row["member_of"]?.split(",") ?? [],
    database: row["database"] ?? "",
    createsSchemas: row["creates_schemas"] === "t",
    schema,
    own: row["owner"] === null || row["owner"] === undefined ? undefined : {
      owner: row["owner"],
      owns: row["owns"] === "t",
      writes: row["writes"] === "t",
    },
    createsIn,
    schemas: await readSchemas(session, { needed, createsIn }),
    schemaMaker: [...needed.ownSchemas.values()][0],
  };
}

async function readSchemas(
  session: Session,
  { needed, createsIn }: { readonly needed: Needs; readonly createsIn: string | undefined },
): Promise<readonly SchemaRights[]> {
  const migrations = new Map<string, string>();
  for (const [name, migration] of needed.schemas) {
    const schema = name === "" ? createsIn : name;
    // A schema that the migrations create belongs to the role that creates it.
    if (schema === undefined || needed.ownSchemas.has(schema)) continue;
    if (!migrations.has(schema)) migrations.set(schema, migration);
  }
  if (migrations.size === 0) return [];
  const rows = await look(
    session,
    `SELECT nspname AS name, pg_catalog.has_schema_privilege(oid, 'USAGE') AS may_use,
      pg_catalog.has_schema_privilege(oid, 'CREATE') AS may_create
    FROM pg_catalog.pg_namespace
    WHERE nspname IN (${[...migrations.keys()].map(quoteLiteral).join(", ")})`,
  );
  const found = new Map(rows.map((row): [string, Row] => [row["name"] ?? "", row]));
  return [...migrations].map(([name, migration]) => ({
    name,
    exists: found.has(name),
    mayUse: found.get(name)?.["may_use"] === "t",
    mayCreate: found.get(name)?.["may_create"] === "t",
    migration,
  }));
}

/** No case requires a superuser. */
export function judgeRights(rights: Rights): readonly CheckResult[] {
  const results = [
    ...judgeOwnSchema(rights),
    ...rights.schemas.flatMap((schema) => judgeSchema(rights, schema)),
    ...judgeNewSchemas(rights),
    ...judgePath(rights),
  ];
  return results.length > 0 ? results : ok(whoIs(rights));
}

function whoIs({ role, login, superuser, memberOf, schema, own }: Rights): string {
  const words = [
    `role ${role}`,
    ...(login ? [`logged in as ${login}`] : []),
    ...(superuser ? ["a superuser, which is more than needed"] : []),
    ...(memberOf.length > 0 ? [`member of ${memberOf.join(", ")}`] : []),
    ...(own ? [`schema ${schemaInSql(schema)} belongs to ${own.owner}`] : []),
  ];
  return words.join(", ");
}

function judgeOwnSchema(
  { role, database, createsSchemas, schema, own }: Rights,
): readonly CheckResult[] {
  const name = schemaInSql(schema);
  if (own === undefined) {
    return createsSchemas ? [] : fail(
      `role ${role} may not create schemas in ${database}, and there is no schema ${name} yet`,
      `Let an administrator run, in that database: CREATE SCHEMA ${name} AUTHORIZATION ${role}`,
    );
  }
  // The check of the history tables judges whether the owner is trusted.
  if (own.owns || own.writes) return [];
  return fail(
    `role ${role} may not write to schema ${name}, which belongs to ${own.owner}`,
    `Connect as ${own.owner}, the role that owns the schema`,
  );
}

function judgeSchema({ role }: Rights, schema: SchemaRights): readonly CheckResult[] {
  const { name, exists, mayUse, mayCreate, migration } = schema;
  const quoted = quoteIdentifier(name);
  if (!exists) {
    return warn(
      `there is no schema ${quoted}, in which ${migration} creates something`,
      `Let an administrator run, in that database: CREATE SCHEMA ${quoted} AUTHORIZATION ${role}`,
    );
  }
  if (mayUse && mayCreate) return [];
  if (isSystemSchema(name)) {
    return fail(
      `${migration} creates something in schema ${name}, where no role may`,
      CREATE_ELSEWHERE,
    );
  }
  return fail(
    `role ${role} may not ${mayUse ? "create anything in" : "use"} schema ${quoted}, as ` +
      `${migration} does`,
    `Let an administrator run, in that database: GRANT USAGE, CREATE ON SCHEMA ${quoted} TO ${role}`,
  );
}

function judgeNewSchemas(rights: Rights): readonly CheckResult[] {
  const { role, database, createsSchemas, schemaMaker } = rights;
  if (createsSchemas || schemaMaker === undefined) return [];
  return fail(
    `role ${role} may not create schemas in ${database}, as ${schemaMaker} does`,
    `Let an administrator run: GRANT CREATE ON DATABASE ${database} TO ${role}`,
  );
}

function judgePath({ role, createsIn }: Rights): readonly CheckResult[] {
  if (createsIn !== undefined) return [];
  return fail(
    `no schema of the search_path exists that role ${role} may use: names without a schema go nowhere`,
    `Let an administrator run, in that database: GRANT USAGE, CREATE ON SCHEMA public TO ${role}`,
  );
}
