/**
 * Databases for the tests of an application: migrated once, and copied for each test.
 *
 * @module
 */

import { createHash, randomBytes } from "node:crypto";
import { SqlError } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { planPending } from "../workspace/plan_pending.ts";
import { runTarget } from "../workspace/run_targets.ts";
import type { Connector } from "../connection/session/session.ts";
import type { ServerSettings } from "../connection/settings/settings.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { VERSION } from "../version.ts";
import { connectorFor } from "../workspace/connector.ts";
import type { Application } from "./application.ts";
import { migratorOf, type MigratorOptions } from "./migrator_options.ts";
import { stoppable } from "./stoppable.ts";
import { openTemplate } from "./template_database.ts";

/**
 * Options of `testDatabases`. `connection` names any database of the server on which to make others; its
 * role needs CREATEDB. Without a connection and variables, each test gets an embedded PostgreSQL in memory.
 */
export type TestDatabasesOptions = Omit<MigratorOptions, "directConnection" | "lockWait">;

/** The parts of PGlite's interface that drivers such as drizzle-orm/pglite use. */
export interface EmbeddedClient {
  /** Runs one statement with parameters. */
  query<T>(sql: string, parameters?: unknown[]): Promise<{ rows: T[] }>;
  /** Runs several statements. */
  exec(sql: string): Promise<unknown>;
}

/** The database of one test. */
export interface TestDatabase {
  /** What to give to a driver: parameters of the server; undefined for embedded PostgreSQL. */
  readonly connection: TestConnection | undefined;
  /** Embedded PostgreSQL; undefined on a server. */
  readonly pglite: EmbeddedClient | undefined;
  /** Runs statements. Returns the rows of the last one; values are text, as PostgreSQL writes it. */
  query(sql: string): Promise<readonly Readonly<Record<string, string | null>>[]>;
  /** Removes the database, whoever is still connected. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Parameters as `pg` and `postgres` take them. */
export interface TestConnection {
  /** A name, an address, or the directory of a Unix socket. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The role. */
  readonly user: string;
  /** Undefined where the server asks for none. */
  readonly password: string | undefined;
  /** The PostgreSQL database, which only this test has. */
  readonly database: string;
}

/** What makes them. */
export interface TestDatabases {
  /** Makes a database with all migrations applied. */
  create(): Promise<TestDatabase>;
  /** Removes what was prepared, and every database that was not closed. */
  close(): Promise<void>;
}

/**
 * Applies the migrations of one database once, and makes copies of the result: with `CREATE DATABASE …
 * TEMPLATE` on a server, where later processes find the prepared database again for as long as the
 * migrations are the same; or with a copy of the memory of embedded PostgreSQL.
 *
 * ```ts
 * import { testDatabases } from "@migrator/migrator";
 *
 * const databases = await testDatabases({ migrations: "migrations", databases: ["codeintel"] });
 * const database = await databases.create(); // for each test
 * await database.query("INSERT INTO lsif_indexes (repository_id, commit) VALUES (1, 'abc')");
 * await database.close();
 * await databases.close(); // after all tests
 * ```
 *
 * @throws {Failure | Failures} What `migrate` throws; `usage/one-database` unless one database is named or
 * there is only one.
 */
export async function testDatabases(options: TestDatabasesOptions = {}): Promise<TestDatabases> {
  const isEmbedded = options.connection === undefined && options.environment === undefined;
  const application = migratorOf(
    isEmbedded ? { ...options, connection: "pglite:memory" } : options,
  );
  return await stoppable(options.signal, async (signal) => {
    const [name, ...others] = await application.databases();
    if (name === undefined || others.length > 0) throw severalDatabases([name ?? "", ...others]);
    const { settings } = await application.workspace.settings(name);
    const prepare = (connector: Connector) =>
      applyAll(application, { database: name, connector, signal });
    return settings.kind === "embedded"
      ? await embeddedDatabases(prepare)
      : await serverDatabases(settings, {
        prepare,
        key: keyOf((await application.workspace.target(name)).set),
        connectorTo: (database) =>
          connectorFor({ ...settings, database }, application.passwordOf(name)),
      });
  });
}

async function applyAll(
  { workspace, loggerAdapter }: Application,
  { database, connector, signal }: {
    readonly database: string;
    readonly connector: Connector;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const target = {
    ...await workspace.target(database),
    connector,
    direct: undefined,
    options: await workspace.runOptions(database, {}),
  };
  await runTarget(target, {
    plan: (history, session) =>
      planPending(workspace, target, { history, session, fromScratch: true }),
    report: loggerAdapter.event,
    signal,
    code: workspace.ownCode(),
  });
}

async function embeddedDatabases(
  prepare: (connector: Connector) => Promise<void>,
): Promise<TestDatabases> {
  const { privateInstance } = await import("../connection/pglite/instance.ts");
  const { instanceConnector } = await import("../connection/pglite/pglite_session.ts");
  const connectorOf = ({ instance }: Awaited<ReturnType<typeof privateInstance>>) =>
    instanceConnector("pglite:memory", () => Promise.resolve(instance));
  const prepared = await privateInstance();
  let image: Blob;
  try {
    await prepare(connectorOf(prepared));
    image = await prepared.image();
  } finally {
    await prepared.close();
  }
  const open = new Set<TestDatabase>();
  return {
    async create() {
      const copy = await privateInstance(image);
      const session = await connectorOf(copy).open({ applicationName: "migrator (test)" });
      const close = async () => {
        open.delete(database);
        await session.close();
        await copy.close();
      };
      const database: TestDatabase = {
        connection: undefined,
        pglite: copy.client,
        query: async (sql) => (await session.query(sql)).rows,
        close,
        [Symbol.asyncDispose]: close,
      };
      open.add(database);
      return database;
    },
    async close() {
      for (const database of open) await database.close();
    },
  };
}

async function serverDatabases(
  settings: ServerSettings,
  { prepare, key, connectorTo }: {
    readonly prepare: (connector: Connector) => Promise<void>;
    readonly key: string;
    readonly connectorTo: (database: string) => Promise<Connector>;
  },
): Promise<TestDatabases> {
  const template = await openTemplate(await connectorTo(settings.database), {
    name: `migrator_template_${key}`,
    prepare: async (database) => await prepare(await connectorTo(database)),
  });
  const open = new Set<TestDatabase>();
  const [host] = settings.hosts;
  return {
    async create() {
      const name = `migrator_test_${randomBytes(8).toString("hex")}`;
      await template.copy(name);
      const session = await (await connectorTo(name)).open({ applicationName: "migrator (test)" });
      const close = async () => {
        open.delete(database);
        await session.close();
        await template.drop(name);
      };
      const database: TestDatabase = {
        connection: {
          host: host!.address ?? host!.host,
          port: host!.port,
          user: settings.user,
          password: settings.passwords[0]?.reveal(),
          database: name,
        },
        pglite: undefined,
        query: async (sql) => (await session.query(sql)).rows,
        close,
        [Symbol.asyncDispose]: close,
      };
      open.add(database);
      return database;
    },
    async close() {
      for (const database of open) await database.close();
      await template.close();
    },
  };
}

/** Changes with everything that decides what the prepared database holds. */
function keyOf({ database, definitions, background }: DefinitionSet): string {
  const parts = [
    VERSION,
    database,
    ...definitions.flatMap(({ version, up }) => [version, up.rawChecksum, up.transaction]),
    ...background.flatMap(({ name, checksum }) => [name, checksum]),
  ];
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 16);
}

function severalDatabases(names: readonly string[]): Failure {
  return new Failure(
    "usage/one-database",
    `A test database has the migrations of one database, and there are ${names.length}.`,
    { hint: `Name one: databases: [${JSON.stringify(names[0])}]`, facts: { databases: names } },
  );
}

/**
 * Asserts that a batched migration is queued and not finished.
 *
 * @param name As `queues:` and `background queue` name it.
 * @throws {Error} With the names of those that are queued.
 */
export async function assertQueued(
  database: Pick<TestDatabase, "query">,
  name: string,
): Promise<void> {
  const queued = await namesOfQueued(database);
  if (queued.includes(name)) return;
  const others = queued.length === 0 ? "none is" : `queued: ${queued.join(", ")}`;
  throw new Error(`the batched migration ${name} is not queued; ${others}`);
}

/** `undefined_table`, `invalid_schema_name`: nothing was ever queued. */
const NEVER_QUEUED = new Set(["42P01", "3F000"]);

async function namesOfQueued({ query }: Pick<TestDatabase, "query">): Promise<readonly string[]> {
  try {
    const rows = await query(
      `SELECT job_class_name AS name
      FROM migrator.batched_background_migrations
      WHERE finished_at IS NULL
      ORDER BY id`,
    );
    return rows.map((row) => row["name"] ?? "");
  } catch (error) {
    if (error instanceof SqlError && NEVER_QUEUED.has(error.server.sqlstate)) return [];
    throw error;
  }
}
