/**
 * Databases for tests of the schema: on a server, or embedded, with a session each.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { privateInstance } from "../../../src/connection/pglite/instance.ts";
import { instanceConnector } from "../../../src/connection/pglite/pglite_session.ts";
import { type Session, SqlError } from "../../../src/connection/session/session.ts";
import { describeSchema } from "../../../src/schema/describe_schema.ts";
import { rolesOf } from "../../../src/schema/roles_of.ts";
import type { Schema } from "../../../src/schema/model/schema.ts";
import {
  type WriteOptions,
  writeSchema,
  WRITTEN_SETTINGS,
} from "../../../src/schema/write_schema.ts";
import { quoteIdentifier } from "../../../src/sql/identifier.ts";
import { copyStrategy, type Major, sharedCluster } from "../../support/cluster.ts";
import { connectorTo } from "../../support/harness.ts";

/** A release of PostgreSQL, or the embedded one. */
export type Place = Major | "embedded";

/** A database that nobody else uses. */
export interface TestDatabase {
  readonly session: Session;
  /** Of a server, for psql and pg_dump; undefined of an embedded one. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** An empty database on the shared server of that release, or in memory. */
export async function emptyDatabase(where: Place): Promise<TestDatabase> {
  if (where === "embedded") {
    const { instance, close } = await privateInstance();
    const session = await instanceConnector("embedded", () => Promise.resolve(instance))
      .open({ applicationName: "test" });
    return { session, url: undefined, close };
  }
  const server = await sharedCluster(where);
  const url = server.url(await server.createDatabase());
  const session = await (await connectorTo(url)).open({ applicationName: "test" });
  return { session, url, close: () => session.close() };
}

/** A copy of a database to which nobody is connected. */
export async function copyOf(major: Major, url: string): Promise<TestDatabase> {
  const server = await sharedCluster(major);
  const name = `${new URL(url).pathname.slice(1)}_${Math.random().toString(36).slice(2, 8)}`;
  await server.sql(
    "postgres",
    `CREATE DATABASE ${name} TEMPLATE ${new URL(url).pathname.slice(1)} ${copyStrategy(server)}`,
  );
  const session = await (await connectorTo(server.url(name))).open({ applicationName: "test" });
  const close = async () => {
    await session.close();
    await server.sql("postgres", `DROP DATABASE ${name}`);
  };
  return { session, url: server.url(name), close };
}

/** Runs what `writeSchema` gives, in one transaction. @throws {Error} With the statement that failed. */
export async function runStatements(
  session: Session,
  statements: readonly string[],
): Promise<void> {
  await session.query("BEGIN");
  for (const statement of [...WRITTEN_SETTINGS, ...statements]) {
    try {
      await session.query(statement);
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      throw new Error(`${error.message} ${error.server.detail ?? ""}\nin: ${statement}`);
    }
  }
  await session.query("COMMIT");
  await session.query("DISCARD ALL");
}

/** Creates the schema in a new database of the same place, and describes that. */
export async function recreate(
  schema: Schema,
  where: Place,
  options?: WriteOptions,
): Promise<{ readonly schema: Schema; readonly database: TestDatabase }> {
  const database = await emptyDatabase(where);
  if (where === "embedded") await createRoles(database.session, schema);
  await runStatements(database.session, writeSchema(schema, options));
  return { schema: await describeSchema(database.session), database };
}

/** Embedded, each database is a server of its own. */
async function createRoles(session: Session, schema: Schema): Promise<void> {
  const { rows } = await session.query("SELECT rolname FROM pg_catalog.pg_roles");
  const existing = new Set(rows.map((row) => row["rolname"]));
  for (const name of rolesOf(schema)) {
    if (!existing.has(name)) await session.query(`CREATE ROLE ${quoteIdentifier(name)}`);
  }
}

/** The newest major that this machine's pg_dump can read, or undefined where there is none. */
export function pgDumpMajor(): number | undefined {
  const { stdout } = spawnSync("pg_dump", ["--version"], { encoding: "utf8" });
  return stdout ? Number(/(\d+)/.exec(stdout)?.[1]) : undefined;
}

/** What pg_dump -s says, as sorted lines in sorted entries: its order follows oids. */
export function pgDump(url: string): readonly string[] {
  const { stdout, stderr, status } = spawnSync("pg_dump", ["-s", "-d", url], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.split(/\n\n(?=--\n)/)
    .map((entry) => entry.replaceAll(/^--.*$|^\\(un)?restrict.*$|^SET default_.*$/gm, "").trim())
    .map((entry) =>
      /^(GRANT|REVOKE|SET SESSION)/m.test(entry) ? entry.split("\n").sort().join("\n") : entry
    )
    .sort();
}
