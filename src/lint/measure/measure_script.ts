/**
 * Runs one migration in a shadow, statement by statement, and observes what each does.
 *
 * @module
 */

import { type Session, SqlError } from "../../connection/session/session.ts";
import type { Definition, Statement } from "../../definition/migration/definition.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { replayScript } from "../../shadow/replay.ts";
import { shadowFailure } from "../../shadow/shadow_failure.ts";
import type { TableShape } from "../../shadow/rows/table_shape.ts";
import { mendRole } from "../../shadow/shadow_roles.ts";
import type { Observation } from "./observation.ts";
import { Observer } from "./observer.ts";
import { type FutureKey, removeRows, seedRows } from "./seed_rows.ts";

/** What was seen of one migration. */
export interface MeasuredScript {
  /** By the offset at which a statement of the script begins. Statements that were not observed are absent. */
  readonly observations: ReadonlyMap<number, readonly Observation[]>;
  /** A statement that the server refused because of the rows that tables were given. */
  readonly refused: { readonly start: number; readonly message: string } | undefined;
  /** Tables that took no rows: what depends on rows in them is not known. */
  readonly unseeded: readonly string[];
}

/** The shadow, and what counts as old there. */
export interface MeasureOptions {
  /** For people. */
  readonly shadow: string;
  /** The oids of the relations that count as old; undefined: all that are there. */
  readonly old: ReadonlySet<string> | undefined;
  /** The foreign keys that the migration adds. */
  readonly keys: readonly FutureKey[];
}

/** Integrity constraint violation: rows of the table offend against what the statement wants. */
const INTEGRITY = /^23/;

/**
 * Measures the way up and then applies it. A transaction is run to see which tables it touches, rolled back,
 * run again with rows in these, rolled back, and then applied without them: nothing but the migration itself
 * is left. What runs outside a transaction is run once, without rows; of statements that cannot be in
 * a transaction nothing is observed.
 *
 * @throws {Failure} `shadow/*`: the migration does not run there at all.
 */
export async function measureScript(
  session: Session,
  definition: Definition,
  options: MeasureOptions,
): Promise<MeasuredScript> {
  const { up } = definition;
  const text = await up.read();
  if (up.transaction === "none") {
    return await measureOutside(session, definition, { text, ...options });
  }
  const run = (seeded: readonly TableShape[] = []) =>
    observeStatements(session, up.statements, { text, old: options.old, seeded });
  let first = await run();
  for (let mended = 0; first.error !== undefined && mended < ROLES_AT_MOST; mended++) {
    if (!await mendRole(session, first.error)) break;
    first = await run();
  }
  const touched = [...first.observations.values()].flat()
    .filter(({ kind, isOld }) => isOld && (kind === "r" || kind === "p"));
  const { seeded, refused } = await seedRows(session, { names: touched, keys: options.keys });
  let second = first;
  try {
    if (seeded.length > 0) second = await run(seeded);
  } finally {
    await removeRows(session, seeded);
  }
  await replayScript(session, { definition, direction: "up", script: up }, {
    shadow: options.shadow,
    before: "RESET ROLE",
  });
  return {
    // What a refused statement would have done is known from the run without rows.
    observations: new Map([...first.observations, ...second.observations]),
    refused: second.refused,
    unseeded: refused.map(({ table, reason }) => `${table} (${reason})`),
  };
}

/** As `replayScript` has it. */
const ROLES_AT_MOST = 20;

/** What was seen in one transaction. */
export interface ObservedRun {
  readonly observations: ReadonlyMap<number, readonly Observation[]>;
  /** The first statement that was refused because of rows. */
  readonly refused: MeasuredScript["refused"];
  /** Why it ended early. */
  readonly error?: SqlError;
}

/**
 * Runs statements in a transaction, observes each, and rolls back. The server's refusal ends it early, unless
 * it is one because of the rows that tables were given: these are removed then.
 */
export async function observeStatements(
  session: Session,
  statements: readonly Statement[],
  { text, old, seeded }: {
    readonly text: string;
    readonly old: ReadonlySet<string> | undefined;
    /** Tables that were given rows. */
    readonly seeded: readonly TableShape[];
  },
): Promise<ObservedRun> {
  const observations = new Map<number, readonly Observation[]>();
  let refused: MeasuredScript["refused"];
  await session.query("RESET ROLE");
  await session.query("BEGIN");
  try {
    const observer = await Observer.begin(session, old);
    for (const { start, end } of statements) {
      const statement = text.slice(start, end);
      const error = await attempt(session, statement);
      if (error !== undefined) {
        // Without rows it may run, and so may those behind it.
        if (seeded.length === 0 || !INTEGRITY.test(error.server.sqlstate)) throw error;
        refused ??= { start, message: error.server.message };
        await removeRows(session, seeded);
        await observer.observe();
        await session.query(statement);
      }
      observations.set(start, await observer.observe());
    }
    return { observations, refused };
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return { observations, refused, error };
  } finally {
    await session.query("ROLLBACK");
    await session.query("RESET ROLE");
    await session.query("DISCARD ALL");
  }
}

/** Runs a statement and takes it back if the server refuses it; the transaction goes on. */
async function attempt(session: Session, statement: string): Promise<SqlError | undefined> {
  await session.query("SAVEPOINT migrator_measure");
  try {
    await session.query(statement);
    await session.query("RELEASE SAVEPOINT migrator_measure");
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    await session.query("ROLLBACK TO SAVEPOINT migrator_measure");
    return error;
  }
}

async function measureOutside(
  session: Session,
  definition: Definition,
  { text, shadow, old }: MeasureOptions & { readonly text: string },
): Promise<MeasuredScript> {
  const { up } = definition;
  const observations = new Map<number, readonly Observation[]>();
  await session.query("RESET ROLE");
  for (const { start, end, outside, mayCommit } of up.statements) {
    const statement = text.slice(start, end);
    for (let mended = 0;; mended++) {
      try {
        if (outside !== undefined || mayCommit) await session.query(statement);
        else observations.set(start, await runAlone(session, statement, old));
        break;
      } catch (error) {
        if (!(error instanceof SqlError)) throw error;
        if (mended < ROLES_AT_MOST && await mendRole(session, error)) continue;
        throw shadowFailure(error.server, {
          what: `apply migration ${definition.version} (${definition.name})`,
          statement,
          shadow,
          place: { file: up.path, ...lineAndColumn(text, start) },
        });
      }
    }
  }
  await session.query("RESET ROLE");
  await session.query("DISCARD ALL");
  return { observations, refused: undefined, unseeded: [] };
}

/** Runs a statement in a transaction of its own, and commits it. */
async function runAlone(
  session: Session,
  statement: string,
  old: ReadonlySet<string> | undefined,
): Promise<readonly Observation[]> {
  await session.query("BEGIN");
  try {
    const observer = await Observer.begin(session, old);
    await session.query(statement);
    const observations = await observer.observe();
    await session.query("COMMIT");
    return observations;
  } catch (error) {
    await session.query("ROLLBACK");
    throw error;
  }
}
