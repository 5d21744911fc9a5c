/**
 * Scratch databases: one is prepared, and each trial uses a fresh copy of it.
 *
 * @module
 */

import type { Connector } from "../connection/session/session.ts";
import { quoteIdentifier } from "../sql/identifier.ts";

/** A copy of the prepared database. */
export interface Copy {
  readonly connector: Connector;
  dispose(): Promise<void>;
}

/** A prepared database and its copies. */
export interface ScratchDatabase {
  /** For display. */
  readonly label: string;
  /** The connector of the prepared database. */
  readonly connector: Connector;
  /** Copies the database. No session with it may be open. */
  copy(): Promise<Copy>;
  /** Drops the database and its copies. */
  dispose(): Promise<void>;
}

/**
 * Embedded PostgreSQL, in memory.
 *
 * @throws {Failure} `connection/embedded`.
 */
export async function embeddedScratch(): Promise<ScratchDatabase> {
  const { privateInstance } = await import("../connection/pglite/instance.ts");
  const { instanceConnector } = await import("../connection/pglite/pglite_session.ts");
  const label = "pglite:memory";
  const prepared = await privateInstance();
  let image: Promise<Blob> | undefined;
  return {
    label,
    connector: instanceConnector(label, () => Promise.resolve(prepared.instance)),
    async copy() {
      const one = await privateInstance(await (image ??= prepared.image()));
      return {
        connector: instanceConnector(label, () => Promise.resolve(one.instance)),
        dispose: one.close,
      };
    },
    dispose: prepared.close,
  };
}

/**
 * Separate databases on a server, named `migrator_test_…`. Other databases are not touched.
 *
 * @param options.server A connector to any database of the server, with a role that may create
 * databases.
 * @param options.databaseOf Returns the connector of another database of the server.
 * @throws {Failure} `connection/*`.
 * @throws {SqlError} Such as 42501.
 */
export async function serverScratch(
  { server, databaseOf, name }: {
    readonly server: Connector;
    readonly databaseOf: (database: string) => Promise<Connector>;
    /** A unique name: `migrator_test_7f3a`. */
    readonly name: string;
  },
): Promise<ScratchDatabase> {
  const admin = await server.open({
    applicationName: "migrator background test",
    // CREATE DATABASE copies the template, without a time limit.
    answerLimit: Infinity,
  });
  const created: string[] = [];
  const create = async (database: string, template: string) => {
    await admin.query(
      `CREATE DATABASE ${quoteIdentifier(database)} TEMPLATE ${quoteIdentifier(template)}`,
    );
    created.push(database);
    return await databaseOf(database);
  };
  const drop = async (database: string) => {
    await admin.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(database)} WITH (FORCE)`);
    created.splice(created.indexOf(database), 1);
  };
  try {
    const connector = await create(name, "template0");
    let copies = 0;
    return {
      label: server.label,
      connector,
      async copy() {
        const database = `${name}_${++copies}`;
        return { connector: await create(database, name), dispose: () => drop(database) };
      },
      async dispose() {
        for (const database of [...created]) await drop(database);
        await admin.close();
      },
    };
  } catch (error) {
    await admin.close();
    throw error;
  }
}
