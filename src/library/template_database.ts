/**
 * A prepared database on a server, which other databases are copied from.
 *
 * It stays on the server for later processes. A comment on it says that it is complete; one without is
 * what a process left that died while it prepared it.
 *
 * @module
 */

import type { Connector, Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { systemClock } from "../runtime/clock.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";

/** The prepared database. */
export interface TemplateDatabase {
  /** Creates a database as it is. */
  copy(name: string): Promise<void>;
  /** Drops such a copy, whoever is still connected to it. */
  drop(name: string): Promise<void>;
  /** Ends the connection. The prepared database stays. */
  close(): Promise<void>;
}

/** The comment of a complete one; the day follows. */
const COMPLETE = "prepared by migrator for tests on ";

/** Days after which an unused one is dropped when another is prepared. */
const KEPT_DAYS = 7;

/** Milliseconds between two looks, and until another process is believed not to finish. */
const POLL = 100;
const LONGEST_PREPARATION = 600_000;

/**
 * Finds the prepared database, or prepares it. Of several processes one prepares it, and the others wait.
 *
 * @param options.name Of the prepared database. It must change with what it holds.
 * @param options.prepare Fills it. It must have closed its connections when it returns.
 * @throws {Failure} `connection/*`, `lock/held`, what `prepare` throws.
 * @throws {SqlError} Such as 42501: the role may not create databases.
 */
export async function openTemplate(
  server: Connector,
  { name, prepare }: {
    readonly name: string;
    readonly prepare: (database: string) => Promise<void>;
  },
): Promise<TemplateDatabase> {
  const session = await server.open({
    applicationName: "migrator (test databases)",
    // CREATE DATABASE copies files for as long as it takes.
    answerLimit: Infinity,
  });
  try {
    if (!await isComplete(session, name)) await prepareInTurn(session, { name, prepare });
  } catch (error) {
    await session.close();
    throw error;
  }
  return {
    async copy(copy) {
      await session.query(
        `CREATE DATABASE ${quoteIdentifier(copy)} TEMPLATE ${quoteIdentifier(name)}`,
      );
    },
    drop: (copy) => dropDatabase(session, copy),
    close: () => session.close(),
  };
}

async function isComplete(session: Session, name: string): Promise<boolean> {
  const { rows } = await session.query(
    `SELECT FROM pg_catalog.pg_database AS d
    WHERE d.datname = ${quoteLiteral(name)}
      AND pg_catalog.starts_with(
        pg_catalog.shobj_description(d.oid, 'pg_database'), ${quoteLiteral(COMPLETE)})`,
  );
  return rows.length > 0;
}

/** Session-level: CREATE DATABASE cannot run in a transaction. It ends with the session at the latest. */
async function prepareInTurn(
  session: Session,
  { name, prepare }: {
    readonly name: string;
    readonly prepare: (database: string) => Promise<void>;
  },
): Promise<void> {
  const key = `pg_catalog.hashtextextended(${quoteLiteral(name)}, 0)`;
  const began = systemClock.elapsed();
  for (;;) {
    const { rows: [row] } = await session.query(
      `SELECT pg_catalog.pg_try_advisory_lock(${key}) AS taken`,
    );
    if (row?.["taken"] === "t") break;
    if (systemClock.elapsed() - began > LONGEST_PREPARATION) throw busy(name);
    await systemClock.sleep(POLL);
  }
  try {
    if (await isComplete(session, name)) return;
    await dropOld(session);
    await dropDatabase(session, name);
    await session.query(`CREATE DATABASE ${quoteIdentifier(name)} TEMPLATE template0`);
    await prepare(name);
    const today = new Date(systemClock.now()).toISOString().slice(0, 10);
    await session.query(
      `COMMENT ON DATABASE ${quoteIdentifier(name)} IS ${quoteLiteral(COMPLETE + today)}`,
    );
  } finally {
    if (!session.isLost) await session.query(`SELECT pg_catalog.pg_advisory_unlock(${key})`);
  }
}

/** Drops prepared databases of other migrations that are older than `KEPT_DAYS`. */
async function dropOld(session: Session): Promise<void> {
  const { rows } = await session.query(
    `SELECT d.datname AS name
    FROM pg_catalog.pg_database AS d
    WHERE d.datdba = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER)
      AND pg_catalog.shobj_description(d.oid, 'pg_database')
        ~ ${quoteLiteral(`^${COMPLETE}[0-9]{4}-[0-9]{2}-[0-9]{2}$`)}
      AND pg_catalog.right(pg_catalog.shobj_description(d.oid, 'pg_database'), 10)::date
        < CURRENT_DATE - ${KEPT_DAYS}`,
  );
  for (const { name } of rows) await dropDatabase(session, name!);
}

async function dropDatabase(session: Session, name: string): Promise<void> {
  await session.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
}

function busy(name: string): Failure {
  return new Failure(
    "lock/held",
    `Another process has prepared the database ${name} for ${
      LONGEST_PREPARATION / 60_000
    } minutes.`,
    {
      hint:
        "See what it does: SELECT * FROM pg_stat_activity WHERE application_name LIKE 'migrator%'",
    },
  );
}
