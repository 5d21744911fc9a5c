/**
 * Checks that the extensions that migrations create can be created.
 *
 * @module
 */

import type { Row, Session } from "../../connection/session/session.ts";
import { quoteIdentifier, quoteLiteral } from "../../sql/identifier.ts";
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
import type { ExtensionNeed } from "../check/needs.ts";

/** An extension, as the server knows it. */
export interface ExtensionFound {
  /** Undefined when its files are not installed on the server. */
  readonly version: string | undefined;
  readonly installed: boolean;
  /** Only a superuser can create it, unless it is trusted. */
  readonly superuser: boolean;
  /** Roles with CREATE on the database can create it. */
  readonly trusted: boolean;
  readonly requires: readonly string[];
}

/** The needed extensions, their availability, and the privileges of the role. */
export interface Extensions {
  /** In the order in which migrations create them. */
  readonly needed: readonly ExtensionNeed[];
  readonly found: ReadonlyMap<string, ExtensionFound>;
  readonly role: string;
  readonly database: string;
  readonly superuser: boolean;
  readonly createsSchemas: boolean;
  /** A role of the hosting provider that can create extensions otherwise reserved to superusers. */
  readonly provider: string | undefined;
}

export const extensionsCheck = makeCheck({
  name: "extensions",
  embedded: true,
  read,
  judge: judgeExtensions,
});

const PROVIDERS = ["rds_superuser", "cloudsqlsuperuser", "alloydbsuperuser", "azure_pg_admin"];

async function read(session: Session, { needs }: CheckedDatabase): Promise<Extensions> {
  const { extensions: needed } = await needs();
  const row = await lookAtOne(
    session,
    `SELECT pg_catalog.quote_ident(CURRENT_USER) AS role,
      pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
      (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER) AS superuser,
      pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS creates_schemas,
      (SELECT pg_catalog.min(rolname) FROM pg_catalog.pg_roles
        WHERE rolname IN (${PROVIDERS.map(quoteLiteral).join(", ")})
          AND pg_catalog.pg_has_role(oid, 'MEMBER')) AS provider`,
  );
  const rows = needed.length === 0 ? [] : await look(
    session,
    `SELECT e.name, v.version, e.installed_version IS NOT NULL AS installed, v.superuser, v.trusted,
      pg_catalog.array_to_string(v.requires, ',') AS requires
    FROM pg_catalog.pg_available_extensions AS e
      JOIN pg_catalog.pg_available_extension_versions AS v
        ON v.name = e.name AND v.version = coalesce(e.installed_version, e.default_version)`,
  );
  return {
    needed,
    found: new Map(rows.map((one) => [one["name"] ?? "", toFound(one)])),
    role: row["role"] ?? "",
    database: row["database"] ?? "",
    superuser: row["superuser"] === "t",
    createsSchemas: row["creates_schemas"] === "t",
    provider: row["provider"] ?? undefined,
  };
}

function toFound(row: Row): ExtensionFound {
  return {
    version: row["version"] ?? undefined,
    installed: row["installed"] === "t",
    superuser: row["superuser"] === "t",
    trusted: row["trusted"] === "t",
    requires: row["requires"]?.split(",").filter((name) => name !== "") ?? [],
  };
}

/** One result for each extension that cannot be created, and one for all others. */
export function judgeExtensions(extensions: Extensions): readonly CheckResult[] {
  const { needed, found } = extensions;
  if (needed.length === 0) return ok("no migration that is to be applied creates one");
  const results: CheckResult[] = [];
  const good: string[] = [];
  const created = new Set<string>();
  for (const need of needed) {
    const required = found.get(need.name)?.requires ?? [];
    const bad = [
      ...judgeOne(extensions, need),
      ...required.filter((name) => !created.has(name) && !found.get(name)?.installed)
        .flatMap((name) => judgeRequired(extensions, { need, name })),
    ];
    results.push(...bad);
    const installed = found.get(need.name)?.installed === true;
    if (bad.length === 0) good.push(`${need.name} ${installed ? "is installed" : "available"}`);
    created.add(need.name);
  }
  return good.length > 0 ? [...ok(good.join(", ")), ...results] : results;
}

function judgeOne(extensions: Extensions, need: ExtensionNeed): readonly CheckResult[] {
  const { role, database, superuser, createsSchemas, provider } = extensions;
  const { name, ifNotExists, migration } = need;
  const known = extensions.found.get(name);
  const quoted = quoteIdentifier(name);
  const byAdministrator = "Let an administrator run, in that database: " +
    `CREATE EXTENSION IF NOT EXISTS ${quoted}`;
  if (known === undefined) {
    return fail(
      `${name} is not available on this server, and ${migration} creates it`,
      `Let an administrator install its files on the server's host; then it is listed by: ` +
        `SELECT * FROM pg_available_extensions WHERE name = ${quoteLiteral(name)}`,
    );
  }
  if (known.installed) {
    return ifNotExists ? [] : fail(
      `${name} is installed already, and ${migration} creates it without IF NOT EXISTS`,
      `If nothing uses it: DROP EXTENSION ${quoted}; else let the migration say IF NOT EXISTS`,
    );
  }
  if (!known.superuser || superuser) return [];
  if (known.trusted) {
    return createsSchemas ? [] : fail(
      `${name} is trusted, but role ${role} may not create anything in ${database}; ${migration} ` +
        "creates it",
      `Let an administrator run: GRANT CREATE ON DATABASE ${database} TO ${role}`,
    );
  }
  if (provider !== undefined) {
    return warn(
      `${name} needs a superuser; as a member of ${provider}, role ${role} may perhaps create it ` +
        `in ${migration}`,
      `Look in the provider's list of extensions; else: ${byAdministrator}`,
    );
  }
  if (!ifNotExists) {
    return fail(
      `${name} needs a superuser, which role ${role} is not, and ${migration} creates it without ` +
        "IF NOT EXISTS",
      "Let the migration say IF NOT EXISTS, then create it beforehand. " + byAdministrator,
    );
  }
  return fail(
    `${name} needs a superuser, which role ${role} is not, and ${migration} creates it`,
    byAdministrator,
  );
}

function judgeRequired(
  extensions: Extensions,
  { need, name }: { readonly need: ExtensionNeed; readonly name: string },
): readonly CheckResult[] {
  if (need.cascade) return judgeOne(extensions, { ...need, name, ifNotExists: true });
  return fail(
    `${need.name} requires ${name}, which neither is installed nor created before ${need.migration}`,
    `Let an administrator run, in that database: CREATE EXTENSION IF NOT EXISTS ${
      quoteIdentifier(name)
    }`,
  );
}
