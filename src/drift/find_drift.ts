/**
 * How a database differs from what its own migrations have made.
 *
 * @module
 */

import type { ShadowOptions } from "../shadow/shadow_options.ts";
import type { Session } from "../connection/session/session.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { compareSchemas, type Difference } from "../schema/compare_schemas.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import type { Schema } from "../schema/model/schema.ts";
import { type Repair, repairSchema } from "../schema/repair_schema.ts";
import { rolesOf } from "../schema/roles_of.ts";
import { takeOver } from "../schema/take_over.ts";
import { createSchema } from "../shadow/create_schema.ts";
import { replay, replayScript } from "../shadow/replay.ts";
import { actAs, ensureRoles } from "../shadow/shadow_roles.ts";
import { openShadowSession } from "../shadow/shadow_session.ts";
import { allowedBy, changedBy, madeAtRunTime } from "./allowed_drift.ts";
import { type Catalog, type Incomplete, noHistory } from "./catalog.ts";

/** What is compared. */
export interface DriftQuestion extends ShadowOptions {
  readonly catalog: Catalog;
  /** By database of the catalog, parents before children: at least what is applied there or was begun. */
  readonly definitions: ReadonlyMap<string, readonly Definition[]>;
  /** See `allowedBy`. */
  readonly patterns: readonly string[];
  /** Told how many of the applied migrations were replayed. */
  readonly report?: (done: number, total: number) => void;
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
  /** How many objects differ in what is allowed. */
  readonly allowed: number;
  /** Addresses of objects that differ in what a migration that is not finished changes. */
  readonly changing: readonly string[];
  /** What makes the database what its migrations have made. */
  readonly revert: Repair;
  /** What makes a database that its migrations have made what this one is. */
  readonly incorporate: Repair;
}

/**
 * Replays the applied migrations in a shadow, and compares the database with that, both ways. Pending
 * migrations are no drift, nor is what a migration changes that is not finished.
 *
 * Where the shadow is of another release, the database's own schema is created in a second one first:
 * then one server has printed both.
 *
 * @throws {Failure} `shadow/*`, `drift/no-history`, `drift/unknown-migration`.
 */
export async function findDrift(question: DriftQuestion): Promise<Drift> {
  const { catalog } = question;
  const replayed = replayedMigrations(question);
  const { expected, changes } = await expectedSchema(question, replayed);
  const actual = await asPrintedByShadow(question, expected.server);
  const isChanging = changedBy(changes);
  const isAllowed = allowedBy(question.patterns);
  const isFromRunTime = madeAtRunTime(expected, actual);
  const changing = new Set<string>();
  const allowed = new Set<string>();
  const accepted = takeOver({ expected, actual }, (difference, field) => {
    const isUnderWay = isChanging(difference, field);
    if (isUnderWay) changing.add(difference.address);
    else if (isAllowed(difference, field) || isFromRunTime(difference, field)) {
      allowed.add(difference.address);
    } else return false;
    return true;
  });
  const differences = compareSchemas(accepted, actual);
  return {
    server: catalog.schema.server,
    shadowServer: expected.server,
    applied: replayed.applied.length,
    differences,
    allowed: allowed.size,
    changing: [...changing],
    revert: repairSchema({ expected: accepted, actual }, differences),
    incorporate: repairSchema(
      { expected: actual, actual: accepted },
      compareSchemas(actual, accepted),
    ),
  };
}

interface Replayed {
  /** In the order in which they can be replayed. */
  readonly applied: readonly Definition[];
  /** Those that are not finished, after them. */
  readonly incomplete: readonly (Incomplete & { readonly definition: Definition })[];
}

/** @throws {Failure} `drift/no-history`, `drift/unknown-migration`. */
function replayedMigrations({ catalog, definitions }: DriftQuestion): Replayed {
  const applied: Definition[] = [];
  const incomplete: (Incomplete & { definition: Definition })[] = [];
  for (const database of catalog.databases) {
    const known = definitions.get(database.name) ?? [];
    // What is being reverted was applied before.
    const reverting = database.incomplete.filter(({ direction }) => direction === "down");
    const wanted = new Set([...database.applied, ...reverting.map(({ version }) => version)]);
    const chosen = known.filter(({ version }) => wanted.delete(version));
    const [unknown] = wanted;
    if (unknown !== undefined) throw unknownMigration(unknown, database.name);
    applied.push(...chosen);
    for (const one of database.incomplete) {
      const definition = known.find(({ version }) => version === one.version);
      if (definition === undefined) throw unknownMigration(one.version, database.name);
      incomplete.push({ ...one, definition });
    }
  }
  if (applied.length === 0) {
    throw noHistory(catalog.databases.map(({ name }) => name), catalog.label);
  }
  return { applied, incomplete };
}

/** The schema that applied migrations make, and what those that are not finished change about it. */
async function expectedSchema(
  question: DriftQuestion,
  { applied, incomplete }: Replayed,
): Promise<{ readonly expected: Schema; readonly changes: readonly Difference[] }> {
  const { catalog, without, signal, report } = question;
  return await inShadow(question, async (session, shadow) => {
    const roles = session.server.embedded ? catalog.roles : rolesOf(catalog.schema);
    await ensureRoles(session, roles);
    const options = { shadow, before: await actAs(session, catalog.owner), signal };
    await replay(session, applied, { ...options, ...(report ? { report } : {}) });
    const expected = await describeSchema(session, { without });
    if (incomplete.length === 0) return { expected, changes: [] };
    for (const { definition, direction } of incomplete) {
      const script = definition[direction];
      if (script === undefined) continue;
      await replayScript(session, { definition, direction, script }, options);
    }
    const after = await describeSchema(session, { without });
    return { expected, changes: compareSchemas(expected, after) };
  });
}

/** The database's own schema, in the words of the shadow's release. */
async function asPrintedByShadow(question: DriftQuestion, shadowServer: number): Promise<Schema> {
  const { catalog: { schema, label }, without } = question;
  if (major(schema.server) === major(shadowServer)) return schema;
  const printed = await inShadow(question, async (session, shadow) => {
    await createSchema(session, schema, { schema: `the schema of ${label}`, shadow });
    return await describeSchema(session, { without });
  });
  // It cannot know more than the server that it was read from.
  return { ...printed, server: schema.server };
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

function unknownMigration(version: bigint, database: string): Failure {
  return new Failure(
    "drift/unknown-migration",
    `Migration ${version} of ${database} is applied there, and is not among the migrations at hand.`,
    {
      hint:
        "Use the migrations of the release that the database has: --migrations DIR, or its executable.",
      facts: { database, version: String(version) },
    },
  );
}
