/**
 * Checks in a shadow that each migration can be reverted and applied again.
 *
 * @module
 */

import type { Definition, Direction } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import { compareSchemas, type Difference } from "../schema/compare_schemas.ts";
import type { Schema } from "../schema/model/schema.ts";
import type { ScratchDatabase } from "../shadow/scratch_database.ts";
import { openReplayedShadow, type ReplayedShadow } from "./replayed_shadow.ts";

/** What is verified. */
export interface VerifyOptions {
  /** All migrations, parents before children. */
  readonly definitions: readonly Definition[];
  /** Whether to verify this one. The others are only applied. */
  readonly isChosen: (definition: Definition) => boolean;
  /** Also runs each script twice, unless the migration says `nonIdempotent`. */
  readonly twice: boolean;
  /** Schemas that are not compared. */
  readonly without: readonly string[];
  /** Opens an empty shadow. Each is disposed of before the next is opened. */
  readonly shadow: () => Promise<ScratchDatabase>;
  readonly signal: AbortSignal;
}

/** The result for one migration. */
export type Verification = { readonly definition: Definition } & Outcome;

type Outcome =
  /** Its down script restores the schema, and its up script runs again. */
  | { readonly kind: "reversible" }
  /** It has no down script, or declares that there is no way back. */
  | { readonly kind: "irreversible" }
  /** The schema after its down script is not the schema before its up script. */
  | { readonly kind: "different"; readonly differences: readonly Difference[] }
  /** The server refused a script of it, or its down script has a defect. */
  | { readonly kind: "refused"; readonly when: RefusedRun; readonly failure: Failure };

/** Which run of a script the server refused. */
export type RefusedRun = "down" | "up-after-down" | "up-twice" | "down-twice";

/**
 * Verifies the chosen migrations, in order. Each is applied, reverted and applied again; the schemas before
 * the first and after the second step are compared, in both directions. After a finding, the next migration
 * begins in a new shadow to which the migrations before it were applied.
 *
 * Batched migrations do not run. Rows and the order of columns are not compared.
 *
 * @throws {Failure | Failures} `shadow/*`, `definition/*`: a migration cannot be applied at all.
 */
export async function* verifyMigrations(
  options: VerifyOptions,
): AsyncGenerator<Verification, void, undefined> {
  const { definitions, isChosen, signal } = options;
  let shadow: ReplayedShadow | undefined;
  /** The schema before the next migration, where it is known. */
  let known: Schema | undefined;
  try {
    for (const [index, definition] of definitions.entries()) {
      signal.throwIfAborted();
      shadow ??= await openReplayedShadow(options, definitions.slice(0, index));
      if (!isChosen(definition)) {
        await shadow.run(definition, "up");
        known = undefined;
        continue;
      }
      const outcome = isIrreversible(definition)
        ? await applyOnly(shadow, definition, options)
        : await verifyOne(shadow, definition, {
          before: known ?? await shadow.describe(),
          ...options,
        });
      known = outcome.after;
      yield { definition, ...outcome.result };
      if (isFinding(outcome.result)) {
        await shadow.dispose();
        shadow = undefined;
      }
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

interface Verified {
  readonly result: Outcome;
  /** The schema after the migration, where it is known. */
  readonly after?: Schema | undefined;
}

async function applyOnly(
  shadow: ReplayedShadow,
  definition: Definition,
  { twice }: Pick<VerifyOptions, "twice">,
): Promise<Verified> {
  await shadow.run(definition, "up");
  const [defect] = definition.defects?.down ?? [];
  if (defect) return { result: { kind: "refused", when: "down", failure: defect } };
  const refused = twice ? await again(shadow, definition, "up") : undefined;
  return { result: refused ?? { kind: "irreversible" } };
}

async function verifyOne(
  shadow: ReplayedShadow,
  definition: Definition,
  { before, twice }: { readonly before: Schema; readonly twice: boolean },
): Promise<Verified> {
  await shadow.run(definition, "up");
  const refused = (twice ? await again(shadow, definition, "up") : undefined) ??
    await refusal("down", () => shadow.run(definition, "down")) ??
    (twice ? await again(shadow, definition, "down") : undefined);
  if (refused) return { result: refused };
  const differences = compareSchemas(before, await shadow.describe());
  if (differences.length > 0) return { result: { kind: "different", differences } };
  const second = await refusal("up-after-down", () => shadow.run(definition, "up"));
  if (second) return { result: second };
  return { result: { kind: "reversible" }, after: await shadow.describe() };
}

async function again(
  shadow: ReplayedShadow,
  definition: Definition,
  direction: Direction,
): Promise<Outcome | undefined> {
  if (definition.metadata.nonIdempotent) return undefined;
  return await refusal(`${direction}-twice`, () => shadow.run(definition, direction));
}

/** @throws {Failure} Anything but a refused statement. */
async function refusal(
  when: RefusedRun,
  run: () => Promise<void>,
): Promise<Outcome | undefined> {
  try {
    await run();
    return undefined;
  } catch (failure) {
    if (!(failure instanceof Failure) || failure.code !== "shadow/refused") throw failure;
    return { kind: "refused", when, failure };
  }
}
