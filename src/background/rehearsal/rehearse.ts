/**
 * Trying a batched migration out: whatever the sizes, whoever dies, whoever writes meanwhile, the rows
 * are the same at the end.
 *
 * @module
 */

import { type Connector, SqlError } from "../../connection/session.ts";
import type { BatchedMigration } from "../../definition/batched_migration.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { remains } from "../complete_walk.ts";
import { inTransaction, transaction } from "../own_transaction.ts";
import { JOB_STATUS } from "../status.ts";
import type { Standing } from "../standing.ts";
import { tablesOf } from "../store.ts";
import { compareStates, type Difference } from "./compare_states.ts";
import { cutting } from "./cut.ts";
import { type DatabaseState, readState } from "./database_state.ts";
import { drawerOf, type Filling } from "./fill_tables.ts";
import { ALL, inSizes, runThrough, type Stage, withSession } from "./run_through.ts";
import type { Copy, Scratch } from "./scratch.ts";
import { seededRandom } from "./seeded_random.ts";
import { writeMeanwhile } from "./write_meanwhile.ts";

/** One thing that was tried. */
export interface Trial {
  readonly name: "sizes" | "twice" | "interrupted" | "writers" | "down";
  /** `skip`: there is nothing to try. */
  readonly level: "ok" | "warn" | "fail" | "skip";
  /** A sentence. */
  readonly found: string;
  readonly differences: readonly Difference[];
}

/** What is tried. */
export interface Rehearsal {
  readonly declaration: BatchedMigration;
  /** Its database is prepared: the migrations before it, and rows. */
  readonly scratch: Scratch;
  readonly filling: Omit<Filling, "rows" | "random">;
  readonly seed: number;
  /** Columns that do not count. */
  readonly ignore: readonly string[];
  readonly stage: Stage;
  /** Told of each when it is over. */
  readonly tell: (trial: Trial) => void;
}

/** Milliseconds between sub-batches, for those who write. */
const PAUSE = 8;

/** Connections that are cut at most. */
const CUTS = 12;

/**
 * Tries all of it, one thing after the other; no further when not even sizes are all the same.
 *
 * @throws {Failure} `background/*` when it cannot be queued; `connection/*`.
 */
export async function rehearse(rehearsal: Rehearsal): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  const tell = (trial: Trial) => {
    trials.push(trial);
    rehearsal.tell(trial);
  };
  const { scratch } = rehearsal;
  await onCopy(scratch, async (copy) => {
    const before = await stateOf(rehearsal, copy.connector);
    const standing = await run(rehearsal, copy.connector, ALL);
    const after = await stateOf(rehearsal, copy.connector);
    const first = await sizes(rehearsal, { standing, before, after });
    tell(first);
    // With what could the others be compared?
    if (first.level === "fail") return;
    tell(await interrupted(rehearsal, after));
    tell(await writers(rehearsal));
    // On what has been through it once; the copies above have not.
    tell(await twice(rehearsal, { connector: copy.connector, after }));
    await onCopy(scratch, async (other) => tell(await down(rehearsal, other.connector, before)));
  });
  return trials;
}

async function onCopy<T>(scratch: Scratch, work: (copy: Copy) => Promise<T>): Promise<T> {
  const copy = await scratch.copy();
  try {
    return await work(copy);
  } finally {
    await copy.dispose();
  }
}

async function run(
  { declaration, stage }: Rehearsal,
  connector: Connector,
  size: number,
): Promise<Standing> {
  const declared = inSizes(declaration, { batch: size });
  return await runThrough({ looks: connector }, { declaration: declared, way: "up", stage });
}

async function stateOf({ stage }: Rehearsal, connector: Connector): Promise<DatabaseState> {
  return await withSession(
    connector,
    stage.signal,
    (session) => readState(session, stage.name.schema),
  );
}

function differences(
  { ignore, stage }: Rehearsal,
  wanted: DatabaseState,
  found: DatabaseState,
): readonly Difference[] {
  return compareStates(wanted, found, { ignore, since: stage.clock.now() });
}

function notFinished(name: Trial["name"], { status, failure, affected }: Standing): Trial {
  return {
    name,
    level: "fail",
    found: `it is ${status} after ${affected} changed rows: ${failure ?? "nobody says why"}`,
    differences: [],
  };
}

/** One row at a time, two, and all of them. */
async function sizes(
  rehearsal: Rehearsal,
  { standing, before, after }: {
    readonly standing: Standing;
    readonly before: DatabaseState;
    readonly after: DatabaseState;
  },
): Promise<Trial> {
  const name = "sizes";
  if (standing.status !== "finished") return notFinished(name, standing);
  if (compareStates(before, after, { ignore: [], since: Infinity }).length === 0) {
    return {
      name,
      level: "fail",
      found: "it changes none of the rows that there are, so that nothing is tried: give it rows " +
        "that it is about (--data rows.sql)",
      differences: [],
    };
  }
  for (const size of [1, 2]) {
    const trial = await onCopy(
      rehearsal.scratch,
      async ({ connector }): Promise<Trial | undefined> => {
        const other = await run(rehearsal, connector, size);
        if (other.status !== "finished") return notFinished(name, other);
        const differing = differences(rehearsal, after, await stateOf(rehearsal, connector));
        if (differing.length === 0) return undefined;
        return {
          name,
          level: "fail",
          found: `${size} at a time, other rows come out than with all of them at once`,
          differences: differing,
        };
      },
    );
    if (trial !== undefined) return trial;
  }
  return {
    name,
    level: "ok",
    found: `1, 2 and all at a time: the same rows at the end (${standing.affected} changed)`,
    differences: [],
  };
}

/** Connections are lost, at points that chance chooses. */
async function interrupted(rehearsal: Rehearsal, after: DatabaseState): Promise<Trial> {
  const name = "interrupted";
  const { scratch, stage, declaration, seed } = rehearsal;
  return await onCopy(scratch, async ({ connector }) => {
    const { jobs } = tablesOf(stage.name);
    const works = cutting(connector, {
      random: seededRandom(seed),
      most: CUTS,
      // As if so much time had passed.
      onCut: () =>
        withSession(connector, stage.signal, async (session) => {
          await inTransaction(session, [
            `UPDATE ${jobs} SET lease_expires_at = pg_catalog.clock_timestamp() ` +
            `WHERE status = ${JOB_STATUS.running}`,
          ]);
        }),
    });
    const standing = await runThrough({ looks: connector, works }, {
      declaration: inSizes(declaration, { batch: 20, sub: 5 }),
      way: "up",
      stage,
    });
    if (standing.status !== "finished") return notFinished(name, standing);
    const differing = differences(rehearsal, after, await stateOf(rehearsal, connector));
    const times = `its connection was cut ${works.cuts()} times`;
    return {
      name,
      level: differing.length === 0 ? "ok" : "fail",
      found: differing.length === 0
        ? `${times}: the same rows at the end`
        : `${times}: other rows come out`,
      differences: differing,
    };
  });
}

/** Rows are written all the while. */
async function writers(rehearsal: Rehearsal): Promise<Trial> {
  const name = "writers";
  const { scratch, stage, declaration, seed, filling } = rehearsal;
  const skip = (found: string): Trial => ({ name, level: "skip", found, differences: [] });
  const table = filling.tables.find(({ relation }) => relation === filling.walked);
  if (declaration.remaining === undefined && declaration.constraint === undefined) {
    return skip("it declares neither `remaining` nor `constraint`: nobody could tell what is left");
  }
  if (table === undefined || table.triggers.length === 0) {
    return skip("its table has no trigger that would do for new rows what it does for old ones");
  }
  return await onCopy(scratch, async ({ connector }): Promise<Trial> => {
    const session = await connector.open({ applicationName: "migrator background test (writes)" });
    let isOver = false;
    try {
      const drawer = await drawerOf(session, { ...filling, table, random: seededRandom(seed + 1) });
      const { clock } = stage;
      const writing = writeMeanwhile(session, { drawer, isOver: () => isOver, clock });
      writing.catch(() => {});
      const running = runThrough({ looks: connector }, {
        // In its pauses whoever writes has its turn, also where there is one engine for both.
        declaration: inSizes(declaration, { batch: 20, sub: 2, pause: PAUSE }),
        way: "up",
        stage,
      }).finally(() => isOver = true);
      const [standing, { inserted, updated, deleted }] = await Promise.all([running, writing]);
      if (standing.status !== "finished") return notFinished(name, standing);
      const left = await leftOver(rehearsal, connector);
      const what = `${inserted} rows inserted, ${updated} updated, ${deleted} deleted meanwhile`;
      return {
        name,
        level: left === undefined ? "ok" : "fail",
        found: `${what}: ${left ?? "nothing remains"}`,
        differences: [],
      };
    } finally {
      isOver = true;
      await session.close();
    }
  });
}

/** What says that rows are left; undefined when nothing does. */
async function leftOver(
  { declaration, stage }: Rehearsal,
  connector: Connector,
): Promise<string | undefined> {
  const { constraint, table } = declaration;
  return await withSession(connector, stage.signal, async (session) => {
    if (await transaction(session, () => remains(session, { declaration, way: "up" }))) {
      return "`remaining` still finds rows";
    }
    if (constraint === undefined) return undefined;
    try {
      await session.query(
        `ALTER TABLE ${table} VALIDATE CONSTRAINT ${quoteIdentifier(constraint)}`,
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return `the constraint does not hold: ${error.server.message}`;
    }
  });
}

/** What is done twice need not be the same: each row is done once. But one would like to know. */
async function twice(
  rehearsal: Rehearsal,
  { connector, after }: { readonly connector: Connector; readonly after: DatabaseState },
): Promise<Trial> {
  const name = "twice";
  const standing = await run(rehearsal, connector, ALL);
  if (standing.status !== "finished") return { ...notFinished(name, standing), level: "warn" };
  const differing = differences(rehearsal, after, await stateOf(rehearsal, connector));
  return differing.length === 0
    ? { name, level: "ok", found: "a second run changes nothing", differences: [] }
    : {
      name,
      level: "warn",
      found: "a second run changes rows again: each row is done once, but requeue does it twice",
      differences: differing,
    };
}

/** The way back brings back what was there. */
async function down(
  rehearsal: Rehearsal,
  connector: Connector,
  before: DatabaseState,
): Promise<Trial> {
  const name = "down";
  const { declaration, stage } = rehearsal;
  if (declaration.down === undefined) {
    return { name, level: "skip", found: "it declares no way back", differences: [] };
  }
  const up = await run(rehearsal, connector, ALL);
  if (up.status !== "finished") return notFinished(name, up);
  const declared = inSizes(declaration, { batch: ALL });
  const standing = await runThrough({ looks: connector }, {
    declaration: declared,
    way: "down",
    stage,
  });
  if (standing.status !== "finished") return notFinished(name, standing);
  const differing = differences(rehearsal, before, await stateOf(rehearsal, connector));
  return {
    name,
    level: differing.length === 0 ? "ok" : "fail",
    found: differing.length === 0
      ? "the rows are what they were"
      : "the rows are not what they were",
    differences: differing,
  };
}
