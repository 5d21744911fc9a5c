/**
 * Tries a batched migration: with any batch size, with lost connections and with concurrent
 * writers, the rows must be the same at the end.
 *
 * @module
 */

import { type Connector, SqlError } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { quoteIdentifier } from "../../sql/identifier.ts";
import { hasRemaining } from "../worker/complete_scan.ts";
import { inTransaction, transaction } from "../state/background_transaction.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import { tablesOf } from "../state/rows.ts";
import { compareStates, type StateDifference } from "./compare_states.ts";
import { faultInjectingConnector } from "./fault_injection.ts";
import { type DatabaseState, readState } from "./database_state.ts";
import type { FillOptions } from "./fill_tables.ts";
import { rowGeneratorOf } from "../../shadow/rows/row_generator.ts";
import { ALL, runToEnd, type TrialStage, withBatchSizes, withSession } from "./run_to_end.ts";
import type { Copy, ScratchDatabase } from "../../shadow/scratch_database.ts";
import { seededRandom } from "../../seeded_random.ts";
import { writeConcurrently } from "./concurrent_writer.ts";

/** The result of one trial. */
export interface TrialResult {
  readonly name: "sizes" | "twice" | "interrupted" | "writers" | "down";
  /** `skip`: the trial does not apply. */
  readonly level: "ok" | "warn" | "fail" | "skip";
  /** The finding, as a sentence. */
  readonly found: string;
  readonly differences: readonly StateDifference[];
}

/** Options of the trials. */
export interface TrialOptions {
  readonly declaration: BatchedMigration;
  /** Its database has the earlier migrations and rows. */
  readonly scratch: ScratchDatabase;
  readonly filling: Omit<FillOptions, "rows" | "random">;
  readonly seed: number;
  /** Columns whose differences are ignored. */
  readonly ignore: readonly string[];
  readonly stage: TrialStage;
  /** Called with each result. */
  readonly tell: (result: TrialResult) => void;
}

/** Milliseconds between sub-batches, in which the writer runs. */
const PAUSE = 8;

/** The most connections that are cut. */
const CUTS = 12;

/**
 * Runs all trials, one after another. Stops if the result depends on the batch size.
 *
 * @throws {Failure} `background/*`: it cannot be queued; `connection/*`.
 */
export async function runTrials(options: TrialOptions): Promise<readonly TrialResult[]> {
  const results: TrialResult[] = [];
  const tell = (result: TrialResult) => {
    results.push(result);
    options.tell(result);
  };
  const { scratch } = options;
  await onCopy(scratch, async (copy) => {
    const before = await stateOf(options, copy.connector);
    const snapshot = await run(options, copy.connector, ALL);
    const after = await stateOf(options, copy.connector);
    const first = await sizes(options, { snapshot, before, after });
    tell(first);
    // The other trials have nothing to compare with.
    if (first.level === "fail") return;
    tell(await interrupted(options, after));
    tell(await writers(options));
    // Runs on the copy that was already migrated once, unlike the copies above.
    tell(await twice(options, { connector: copy.connector, after }));
    await onCopy(scratch, async (other) => tell(await down(options, other.connector, before)));
  });
  return results;
}

async function onCopy<T>(scratch: ScratchDatabase, work: (copy: Copy) => Promise<T>): Promise<T> {
  const copy = await scratch.copy();
  try {
    return await work(copy);
  } finally {
    await copy.dispose();
  }
}

async function run(
  { declaration, stage }: TrialOptions,
  connector: Connector,
  size: number,
): Promise<ProgressSnapshot> {
  const declared = withBatchSizes(declaration, { batch: size });
  return await runToEnd({ looks: connector }, { declaration: declared, way: "up", stage });
}

async function stateOf({ stage }: TrialOptions, connector: Connector): Promise<DatabaseState> {
  return await withSession(
    connector,
    stage.signal,
    (session) => readState(session, stage.name.schema),
  );
}

function differences(
  { ignore, stage }: TrialOptions,
  wanted: DatabaseState,
  found: DatabaseState,
): readonly StateDifference[] {
  return compareStates(wanted, found, { ignore, since: stage.clock.now() });
}

function notFinished(
  name: TrialResult["name"],
  { status, failure, affected }: ProgressSnapshot,
): TrialResult {
  return {
    name,
    level: "fail",
    found: `it is ${status} after ${affected} changed rows: ${failure ?? "nobody says why"}`,
    differences: [],
  };
}

/** Runs with one row at a time, two, and all rows. */
async function sizes(
  options: TrialOptions,
  { snapshot, before, after }: {
    readonly snapshot: ProgressSnapshot;
    readonly before: DatabaseState;
    readonly after: DatabaseState;
  },
): Promise<TrialResult> {
  const name = "sizes";
  if (snapshot.status !== "finished") return notFinished(name, snapshot);
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
    const result = await onCopy(
      options.scratch,
      async ({ connector }): Promise<TrialResult | undefined> => {
        const other = await run(options, connector, size);
        if (other.status !== "finished") return notFinished(name, other);
        const differing = differences(options, after, await stateOf(options, connector));
        if (differing.length === 0) return undefined;
        return {
          name,
          level: "fail",
          found: `${size} at a time, other rows come out than with all of them at once`,
          differences: differing,
        };
      },
    );
    if (result !== undefined) return result;
  }
  return {
    name,
    level: "ok",
    found: `1, 2 and all at a time: the same rows at the end (${snapshot.affected} changed)`,
    differences: [],
  };
}

/** Runs with connections that are lost at random points. */
async function interrupted(options: TrialOptions, after: DatabaseState): Promise<TrialResult> {
  const name = "interrupted";
  const { scratch, stage, declaration, seed } = options;
  return await onCopy(scratch, async ({ connector }) => {
    const { jobs } = tablesOf(stage.name);
    const works = faultInjectingConnector(connector, {
      random: seededRandom(seed),
      most: CUTS,
      // Expires leases, as if their time had passed.
      onCut: () =>
        withSession(connector, stage.signal, async (session) => {
          await inTransaction(session, [
            `UPDATE ${jobs}
            SET lease_expires_at = pg_catalog.clock_timestamp()
            WHERE status = ${JOB_STATUS.running}`,
          ]);
        }),
    });
    const snapshot = await runToEnd({ looks: connector, works }, {
      declaration: withBatchSizes(declaration, { batch: 20, sub: 5 }),
      way: "up",
      stage,
    });
    if (snapshot.status !== "finished") return notFinished(name, snapshot);
    const differing = differences(options, after, await stateOf(options, connector));
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

/** Runs while rows are written concurrently. */
async function writers(options: TrialOptions): Promise<TrialResult> {
  const name = "writers";
  const { scratch, stage, declaration, seed, filling } = options;
  const skip = (found: string): TrialResult => ({ name, level: "skip", found, differences: [] });
  const table = filling.tables.find(({ relation }) => relation === filling.scanned);
  if (declaration.remaining === undefined && declaration.constraint === undefined) {
    return skip("it declares neither `remaining` nor `constraint`: nobody could tell what is left");
  }
  if (table === undefined || table.triggers.length === 0) {
    return skip("its table has no trigger that would do for new rows what it does for old ones");
  }
  return await onCopy(scratch, async ({ connector }): Promise<TrialResult> => {
    const session = await connector.open({
      applicationName: "migrator background test (writes)",
      answerLimit: Infinity,
    });
    let isOver = false;
    try {
      const rowGenerator = await rowGeneratorOf(session, {
        ...filling,
        table,
        random: seededRandom(seed + 1),
      });
      const { clock } = stage;
      const writing = writeConcurrently(session, { rowGenerator, isOver: () => isOver, clock });
      writing.catch(() => {});
      const running = runToEnd({ looks: connector }, {
        // The writer runs in the pauses, also in embedded PostgreSQL, which has one session.
        declaration: withBatchSizes(declaration, { batch: 20, sub: 2, pause: PAUSE }),
        way: "up",
        stage,
      }).finally(() => isOver = true);
      const [snapshot, written] = await Promise.all([running, writing]);
      const { inserted, updated, deleted, refused } = written;
      if (snapshot.status !== "finished") return notFinished(name, snapshot);
      if (inserted + updated === 0) {
        return {
          name,
          level: "warn",
          found: "nothing was tried: no row that was drawn could be written meanwhile" +
            (refused === undefined ? "" : ` (${refused})`),
          differences: [],
        };
      }
      const left = await leftOver(options, connector);
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

/** Finds which check reports remaining rows; undefined if none does. */
async function leftOver(
  { declaration, stage }: TrialOptions,
  connector: Connector,
): Promise<string | undefined> {
  const { constraint, table } = declaration;
  return await withSession(connector, stage.signal, async (session) => {
    if (await transaction(session, () => hasRemaining(session, { declaration, direction: "up" }))) {
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

/** Runs the migration twice. A difference is only a warning, because each row is processed once. */
async function twice(
  options: TrialOptions,
  { connector, after }: { readonly connector: Connector; readonly after: DatabaseState },
): Promise<TrialResult> {
  const name = "twice";
  const snapshot = await run(options, connector, ALL);
  if (snapshot.status !== "finished") return { ...notFinished(name, snapshot), level: "warn" };
  const differing = differences(options, after, await stateOf(options, connector));
  return differing.length === 0
    ? { name, level: "ok", found: "a second run changes nothing", differences: [] }
    : {
      name,
      level: "warn",
      found: "a second run changes rows again: each row is done once, but requeue does it twice",
      differences: differing,
    };
}

/** Runs `down` and compares with the rows before. */
async function down(
  options: TrialOptions,
  connector: Connector,
  before: DatabaseState,
): Promise<TrialResult> {
  const name = "down";
  const { declaration, stage } = options;
  if (declaration.down === undefined) {
    return { name, level: "skip", found: "it declares no way back", differences: [] };
  }
  const up = await run(options, connector, ALL);
  if (up.status !== "finished") return notFinished(name, up);
  const declared = withBatchSizes(declaration, { batch: ALL });
  const snapshot = await runToEnd({ looks: connector }, {
    declaration: declared,
    way: "down",
    stage,
  });
  if (snapshot.status !== "finished") return notFinished(name, snapshot);
  const differing = differences(options, before, await stateOf(options, connector));
  return {
    name,
    level: differing.length === 0 ? "ok" : "fail",
    found: differing.length === 0
      ? "the rows are what they were"
      : "the rows are not what they were",
    differences: differing,
  };
}
