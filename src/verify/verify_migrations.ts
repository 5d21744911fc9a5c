/**
 * Checks in a shadow that each migration can be reverted and applied again.
 *
 * @module
 */

import type { ShadowOptions } from "../shadow/shadow_options.ts";
import type { Definition, Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { compareSchemas, type Difference } from "../schema/compare_schemas.ts";
import type { Origin } from "../shadow/origin_log.ts";
import { compareRows, type RowDifference } from "./compare_rows.ts";
import { openReplayedShadow, type ReplayedShadow, type ShadowState } from "./replayed_shadow.ts";

/** What is verified. */
export interface VerifyOptions extends ShadowOptions {
  /** All migrations, parents before children. */
  readonly definitions: readonly Definition[];
  /** Whether to verify this one. The others are only applied. */
  readonly isChosen: (definition: Definition) => boolean;
  /** Also runs each script twice, unless the migration says `nonIdempotent`. */
  readonly twice: boolean;
}

/** The result for one migration. */
export type Verification = {
  readonly definition: Definition;
  /** Tables whose rows were not compared, because there are too many. */
  readonly tooLarge: readonly string[];
} & Outcome;

type Outcome =
  /** Its down script restores the schema, and its up script runs again. */
  | {
    readonly kind: "reversible";
    /** What its author has declared: `dataLoss` in its metadata. */
    readonly declaredLoss?: readonly RowDifference[];
  }
  /** It has no down script, or declares that there is no way back. */
  | { readonly kind: "irreversible" }
  /** Schema or rows are not what they should be after a script. */
  | {
    readonly kind: "different";
    readonly when: Moment;
    readonly differences: readonly TracedDifference[];
    readonly rows: readonly RowDifference[];
  }
  /** The server refused a script of it, or its down script has a defect. */
  | { readonly kind: "refused"; readonly when: Moment; readonly failure: Failure };

/** After, or in, which run of a script. */
export type Moment = "down" | "up-after-down" | "up-twice" | "down-twice";

/** A difference, and the statement that made the object. */
export interface TracedDifference {
  readonly difference: Difference;
  /** Undefined for what no migration made. */
  readonly origin: Origin | undefined;
}

/**
 * Verifies the chosen migrations, in order. Each is applied, reverted and applied again. After the way back
 * the schema must be what it was before, in both directions, and so must the rows that were there; after
 * the second way up, the schema must have what it had after the first, with as many rows in each table.
 * After a finding the shadow is brought back to where the migration is applied.
 *
 * Batched migrations do not run. The order of columns is not compared.
 *
 * @throws {Failure | Failures} `shadow/*`, `definition/*`: a migration cannot be applied at all.
 */
export async function* verifyMigrations(
  options: VerifyOptions,
): AsyncGenerator<Verification, void, undefined> {
  const { definitions, isChosen, signal } = options;
  let shadow: ReplayedShadow | undefined;
  /** The state before the next migration, where it is known. */
  let known: ShadowState | undefined;
  try {
    for (const [index, definition] of definitions.entries()) {
      signal.throwIfAborted();
      shadow ??= await openReplayedShadow(options, definitions.slice(0, index));
      if (!isChosen(definition)) {
        await shadow.run(definition, "up");
        known = undefined;
        continue;
      }
      const trial = isIrreversible(definition)
        ? await applyOnly(shadow, definition, options)
        : await tryBothWays(shadow, definition, {
          before: known ?? await shadow.state(),
          ...options,
        });
      known = trial.state;
      const { after, outcome } = trial;
      const state = after ?? known;
      yield { definition, tooLarge: state?.tooLarge ?? [], ...outcome };
      if (after === undefined) continue;
      known = await recover(shadow, definition, after);
      if (known !== undefined) continue;
      await shadow.dispose();
      shadow = undefined;
    }
  } finally {
    await shadow?.dispose();
  }
}

/** Whether the author has something to correct. */
export function isFinding({ kind }: { readonly kind: Verification["kind"] }): boolean {
  return kind === "different" || kind === "refused";
}

function isIrreversible({ down, metadata }: Definition): boolean {
  return down === undefined || metadata.irreversible !== undefined;
}

interface Trial {
  readonly outcome: Outcome;
  /** The state in which it ended, where it is known. */
  readonly state?: ShadowState | undefined;
  /** The state with the migration applied, if that is not where it ended. */
  readonly after?: ShadowState | undefined;
}

async function applyOnly(
  shadow: ReplayedShadow,
  definition: Definition,
  { twice }: Pick<VerifyOptions, "twice">,
): Promise<Trial> {
  await shadow.run(definition, "up");
  const [defect] = definition.defects?.down ?? [];
  if (defect) return { outcome: { kind: "refused", when: "down", failure: defect } };
  if (!twice || definition.metadata.nonIdempotent) return { outcome: { kind: "irreversible" } };
  const after = await shadow.state();
  const { outcome, state } = await tryScript(shadow, definition, {
    ...{ when: "up-twice", direction: "up", expected: after, rows: "counted" },
  });
  return outcome === undefined ? { outcome: { kind: "irreversible" }, state } : { outcome, after };
}

/** One more run of a script, and what must be true after it. */
interface Attempt {
  readonly when: Moment;
  readonly direction: Direction;
  readonly expected: ShadowState;
  /**
   * `kept`: the rows that are expected are there, with their values; others may be there too. `counted`:
   * so many rows are in each table.
   */
  readonly rows: "kept" | "counted";
}

async function tryBothWays(
  shadow: ReplayedShadow,
  definition: Definition,
  { before, twice }: { readonly before: ShadowState; readonly twice: boolean },
): Promise<Trial> {
  await shadow.run(definition, "up");
  const after = await shadow.state();
  const back = { direction: "down", expected: before, rows: "kept" } as const;
  const again = { direction: "up", expected: after, rows: "counted" } as const;
  const isRepeated = twice && !definition.metadata.nonIdempotent;
  const attempts: readonly Attempt[] = [
    ...(isRepeated ? [{ when: "up-twice", ...again } as const] : []),
    { when: "down", ...back },
    ...(isRepeated ? [{ when: "down-twice", ...back } as const] : []),
    { when: "up-after-down", ...again },
  ];
  const declaredLoss: RowDifference[] = [];
  let state: ShadowState | undefined;
  for (const attempt of attempts) {
    const tried = await tryScript(shadow, definition, attempt);
    if (tried.outcome !== undefined) return { outcome: tried.outcome, after };
    declaredLoss.push(...tried.declaredLoss ?? []);
    state = tried.state;
  }
  const outcome = { kind: "reversible", ...(declaredLoss.length > 0 ? { declaredLoss } : {}) };
  return { outcome: outcome as Outcome, state };
}

interface TriedScript {
  /** Undefined when all is as it must be. */
  readonly outcome?: Outcome;
  readonly declaredLoss?: readonly RowDifference[];
  readonly state?: ShadowState;
}

/** @throws {Failure} Anything but a refused statement. */
async function tryScript(
  shadow: ReplayedShadow,
  definition: Definition,
  { when, direction, expected, rows }: Attempt,
): Promise<TriedScript> {
  try {
    await shadow.run(definition, direction);
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.code !== "shadow/refused") throw failure;
    return { outcome: { kind: "refused", when, failure } };
  }
  // What the way up has made once it makes again; what a way back leaves is looked at closely.
  const state = await shadow.state(direction === "up" ? expected : undefined);
  const differences = schemaDifferences(expected, state).map((difference) => ({
    difference,
    origin: (difference.change === "missing" ? expected : state).originOf(difference.address),
  }));
  const found = compareRows(expected.rows, state.rows).filter(({ lost, added, changed }) =>
    rows === "kept" ? lost + changed > 0 : lost !== added
  );
  const isDeclared = definition.metadata.dataLoss !== undefined;
  if (differences.length === 0 && (found.length === 0 || isDeclared)) {
    return { state, declaredLoss: found };
  }
  return {
    outcome: { kind: "different", when, differences, rows: isDeclared ? [] : found },
    state,
  };
}

/**
 * Brings a shadow to where the migration is applied: it may be there, the way up may be all that lacks, or
 * what the way back left is repaired.
 *
 * @returns The state, or undefined when only a new shadow helps.
 */
async function recover(
  shadow: ReplayedShadow,
  definition: Definition,
  after: ShadowState,
): Promise<ShadowState | undefined> {
  const ways: readonly (() => Promise<boolean>)[] = [
    () => Promise.resolve(true),
    () => runs(() => shadow.run(definition, "up")),
    () => shadow.repair(after),
  ];
  for (const way of ways) {
    if (!await way()) continue;
    const state = await shadow.state();
    if (isSame(state, after)) return state;
  }
  return undefined;
}

function schemaDifferences(expected: ShadowState, actual: ShadowState): readonly Difference[] {
  return expected.schema === actual.schema ? [] : compareSchemas(expected.schema, actual.schema);
}

async function runs(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "shadow/refused") return false;
    throw error;
  }
}

function isSame(one: ShadowState, other: ShadowState): boolean {
  return schemaDifferences(one, other).length === 0 &&
    // Rows that are written again may get other numbers.
    compareRows(one.rows, other.rows).every(({ lost, added }) => lost === added);
}
