/**
 * What a database holds, as far as drift needs to know it: its schema and its history, without any row of
 * a table.
 *
 * @module
 */

import type { Connector, Session } from "../connection/session/session.ts";
import type { Definition, DefinitionSet, Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { type History, isIncomplete } from "../history/history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { readHistory } from "../history/read_history.ts";
import { readLockStatus } from "../runner/observe/lock_status.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import type { Schema } from "../schema/model/schema.ts";
import { LONGEST_ANSWER } from "../shadow/shadow_session.ts";
import { storedGraph } from "../source/stored_definitions.ts";
import { quoteLiteral } from "../sql/identifier.ts";

/** What was read from one of PostgreSQL's databases. */
export interface Catalog {
  /** Where, for people; without passwords. */
  readonly label: string;
  readonly schema: Schema;
  /** Of the whole server, in alphabetical order. */
  readonly roles: readonly string[];
  /** The role that migrates. */
  readonly owner: string;
  /** The product's databases that are kept in it. */
  readonly databases: readonly CatalogDatabase[];
}

/** One database of the product. */
export interface CatalogDatabase {
  readonly name: string;
  /** Ascending. */
  readonly applied: readonly bigint[];
  /** Those that were begun outside a transaction and did not finish, ascending. */
  readonly incomplete: readonly Incomplete[];
  /** The process that holds the migration lock; undefined: no run is under way. */
  readonly runner: string | undefined;
}

/** A migration of which a part may be in the database. */
export interface Incomplete {
  readonly version: bigint;
  readonly direction: Direction;
}

/** One database of the product, as it is asked for. */
export interface AskedDatabase {
  readonly set: DefinitionSet;
  readonly history: HistoryName;
}

/** What was read, and the definitions of what is applied or was begun. */
export interface ReadCatalog {
  readonly catalog: Catalog;
  /** By database: those at hand, and for what is missing there, those that the database keeps. */
  readonly definitions: ReadonlyMap<string, readonly Definition[]>;
}

/** How often it is read again when a run commits something meanwhile. */
const ATTEMPTS = 5;

/**
 * Reads catalogs and history; they belong together, because no migration was committed in between.
 * Writes nothing, and takes no lock that others would wait for.
 *
 * @throws {Failure} `drift/no-history`, `drift/run-under-way`, `lock/schema`, `connection/*`, `history/*`.
 */
export async function readCatalog(
  connector: Connector,
  { databases, signal }: {
    readonly databases: readonly AskedDatabase[];
    readonly signal: AbortSignal;
  },
): Promise<ReadCatalog> {
  const session = await connector.open({
    applicationName: "migrator (drift)",
    signal,
    answerLimit: LONGEST_ANSWER,
  });
  try {
    for (let attempt = 1;; attempt++) {
      const before = await readHistories(session, databases);
      const schema = await describeSchema(session, {
        without: databases.map(({ history }) => history.schema),
      });
      const after = await readHistories(session, databases);
      if (stateOf(before) === stateOf(after)) {
        return await complete(session, { connector, schema, histories: after, databases });
      }
      if (attempt === ATTEMPTS) throw underWay(connector);
    }
  } finally {
    await session.close();
  }
}

interface Kept extends AskedDatabase {
  readonly kept: History;
  readonly runner: string | undefined;
}

async function readHistories(
  session: Session,
  databases: readonly AskedDatabase[],
): Promise<readonly Kept[]> {
  const read: Kept[] = [];
  for (const { set, history } of databases) {
    const kept = await readHistory(session, history);
    const { holder } = await readLockStatus(session, history);
    read.push({ set, history, kept, runner: holder?.pid });
  }
  return read;
}

/** What decides about the expected schema, as text. */
function stateOf(histories: readonly Kept[]): string {
  return histories.map(({ kept }) =>
    [...kept.versions.values()].map(({ version, state, direction }) =>
      `${version} ${state} ${direction}`
    ).sort().join("\n")
  ).join("\n\n");
}

async function complete(
  session: Session,
  { connector, schema, histories, databases }: {
    readonly connector: Connector;
    readonly schema: Schema;
    readonly histories: readonly Kept[];
    readonly databases: readonly AskedDatabase[];
  },
): Promise<ReadCatalog> {
  const definitions = new Map<string, readonly Definition[]>();
  for (const { set, history, kept } of histories) {
    const graph = await storedGraph(session, { set, history: kept, where: history });
    definitions.set(history.database, graph.ordered);
  }
  const { rows } = await session.query(
    `SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname COLLATE "C"`,
  );
  const read = histories.map(catalogDatabase);
  const [first] = databases;
  if (first === undefined || read.every(({ applied }) => applied.length === 0)) {
    throw noHistory(read.map(({ name }) => name), connector.label);
  }
  return {
    definitions,
    catalog: {
      label: connector.label,
      schema,
      roles: rows.map((row) => row["rolname"] ?? ""),
      owner: await readOwner(session, first.history),
      databases: read,
    },
  };
}

function catalogDatabase({ history, kept, runner }: Kept): CatalogDatabase {
  const states = [...kept.versions.values()].sort((a, b) => a.version < b.version ? -1 : 1);
  return {
    name: history.database,
    applied: states.filter(({ state }) => state === "applied").map(({ version }) => version),
    incomplete: states.filter(isIncomplete).map(({ version, direction }) => ({
      version,
      direction,
    })),
    runner,
  };
}

/** Whose tables the history is in: the role that migrates. */
async function readOwner(session: Session, { schema }: HistoryName): Promise<string> {
  const { rows } = await session.query(
    `SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) ${quoteLiteral(schema)}
      AND c.relname OPERATOR(pg_catalog.=) 'migration_logs'`,
  );
  return rows[0]?.["owner"] ?? session.server.role;
}

/** `drift/no-history`, for databases of the product. */
export function noHistory(names: readonly string[], where: string): Failure {
  return new Failure(
    "drift/no-history",
    `No migration of ${
      names.join(", ")
    } was applied to ${where}: there is nothing to compare it with.`,
    { hint: `See: migrator status --db ${names.join(" --db ")}` },
  );
}

function underWay({ label }: Connector): Failure {
  return new Failure(
    "drift/run-under-way",
    `Could not look for drift on ${label}: a run has committed migrations each time that the ` +
      `catalogs were read (${ATTEMPTS} times).`,
    { hint: "Wait for the run to end: migrator wait. Then: migrator drift" },
  );
}
