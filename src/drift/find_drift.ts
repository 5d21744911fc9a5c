/**
 * How a database differs from what its own migrations have made.
 *
 * @module
 */

import type { Connector, Session } from "../connection/session/session.ts";
import type { Definition, DefinitionSet } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { appliedVersions } from "../history/history.ts";
import type { HistoryName } from "../history/history_name.ts";
import { readHistory } from "../history/read_history.ts";
import { compareSchemas, type Difference } from "../schema/compare_schemas.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import { type Repair, repairSchema } from "../schema/repair_schema.ts";
import { rolesOf } from "../schema/roles_of.ts";
import type { Schema } from "../schema/model/schema.ts";
import { createSchema } from "../shadow/create_schema.ts";
import { replay } from "../shadow/replay.ts";
import type { ScratchDatabase } from "../shadow/scratch_database.ts";
import { actAs, ensureRoles } from "../shadow/shadow_roles.ts";
import { LONGEST_ANSWER, openShadowSession } from "../shadow/shadow_session.ts";
import { storedGraph } from "../source/stored_definitions.ts";

/** What is compared. */
export interface DriftQuestion {
  readonly connector: Connector;
  /** The product's databases that are kept in it; the schema of their histories is the same. */
  readonly databases: readonly DriftedDatabase[];
  /** Opens an empty shadow; each is disposed of before the next is opened. */
  readonly shadow: () => Promise<ScratchDatabase>;
  readonly signal: AbortSignal;
  /** Told how many of the applied migrations were replayed. */
  readonly report?: (done: number, total: number) => void;
}

/** One database of the product. */
export interface DriftedDatabase {
  readonly set: DefinitionSet;
  readonly history: HistoryName;
}

/** What came out. */
export interface Drift {
  /** Of the database, `server_version_num`. */
  readonly server: number;
  /** Of the shadow. */
  readonly shadowServer: number;
  /** How many migrations are applied, of all databases in it. */
  readonly applied: number;
  readonly differences: readonly Difference[];
  /** SQL that makes the database what its migrations have made. */
  readonly revert: Repair;
}

/**
 * Replays the applied migrations in a shadow, and compares the database with that, both ways. Pending
 * migrations are no drift. Nothing is written to the database, and no row of it is read but the history.
 *
 * Where the shadow is of another release, the database's own schema is created in a second one first:
 * then one server has printed both.
 *
 * @throws {Failure} `shadow/*`, `lock/schema`, `connection/*`, `drift/no-history`.
 */
export async function findDrift(question: DriftQuestion): Promise<Drift> {
  const { live, roles, applied, owner } = await readLive(question);
  const without = historySchemas(question);
  const expected = await inShadow(question, async (session, label) => {
    await ensureRoles(session, session.server.embedded ? roles : rolesOf(live));
    const before = await actAs(session, owner);
    const { signal, report } = question;
    await replay(session, applied, {
      shadow: label,
      before,
      signal,
      ...(report ? { report } : {}),
    });
    return await describeSchema(session, { without });
  });
  const actual = major(live.server) === major(expected.server) ? live : {
    ...await inShadow(question, async (session, label) => {
      await createSchema(session, live, {
        schema: `the schema of ${question.connector.label}`,
        shadow: label,
      });
      return await describeSchema(session, { without });
    }),
    // It cannot know more than the server that it was read from.
    server: live.server,
  };
  const differences = compareSchemas(expected, actual);
  return {
    server: live.server,
    shadowServer: expected.server,
    applied: applied.length,
    differences,
    revert: repairSchema({ expected, actual }, differences),
  };
}

/** What is read from the database. */
interface Live {
  readonly live: Schema;
  /** Of the whole server. */
  readonly roles: readonly string[];
  /** In the order in which they can be replayed. */
  readonly applied: readonly Definition[];
  /** The role that migrates. */
  readonly owner: string;
}

async function readLive(question: DriftQuestion): Promise<Live> {
  const { connector, databases, signal } = question;
  const session = await connector.open({
    applicationName: "migrator (drift)",
    signal,
    answerLimit: LONGEST_ANSWER,
  });
  try {
    const applied: Definition[] = [];
    for (const { set, history: where } of databases) {
      const history = await readHistory(session, where);
      const graph = await storedGraph(session, { set, history, where });
      const versions = appliedVersions(history);
      applied.push(...graph.ordered.filter(({ version }) => versions.has(version)));
    }
    const [first] = databases;
    if (applied.length === 0 || first === undefined) throw noHistory(question);
    const { rows } = await session.query(
      "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'",
    );
    return {
      live: await describeSchema(session, { without: historySchemas(question) }),
      roles: rows.map((row) => row["rolname"] ?? ""),
      applied,
      owner: await readOwner(session, first.history),
    };
  } finally {
    await session.close();
  }
}

function historySchemas({ databases }: DriftQuestion): readonly string[] {
  return [...new Set(databases.map(({ history }) => history.schema))];
}

/** Whose tables the history is in: the role that migrates. */
async function readOwner(session: Session, { schema }: HistoryName): Promise<string> {
  const { rows } = await session.query(
    `SELECT pg_catalog.pg_get_userbyid(c.relowner) AS owner
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) '${schema.replaceAll("'", "''")}'
      AND c.relname OPERATOR(pg_catalog.=) 'migration_logs'`,
  );
  return rows[0]?.["owner"] ?? session.server.role;
}

async function inShadow<T>(
  { shadow, signal }: DriftQuestion,
  work: (session: Session, label: string) => Promise<T>,
): Promise<T> {
  const scratch = await shadow();
  try {
    const session = await openShadowSession(scratch.connector, signal);
    try {
      return await work(session, scratch.label);
    } finally {
      await session.close();
    }
  } finally {
    await scratch.dispose();
  }
}

function major(version: number): number {
  return Math.floor(version / 10000);
}

function noHistory({ databases, connector }: DriftQuestion): Failure {
  const names = databases.map(({ history }) => history.database);
  return new Failure(
    "drift/no-history",
    `No migration of ${names.join(", ")} was applied to ${connector.label}: there is nothing to ` +
      "compare it with.",
    { hint: `See: migrator status --db ${names.join(" --db ")}` },
  );
}
