/**
 * Replays all migrations in a shadow, and measures some of them.
 *
 * @module
 */

import type { Definition } from "../../definition/migration/definition.ts";
import { Failure, Failures } from "../../failure.ts";
import { replay } from "../../shadow/replay.ts";
import type { ScratchDatabase } from "../../shadow/scratch_database.ts";
import { openShadowSession } from "../../shadow/shadow_session.ts";
import { newConstraints } from "../model/alteration.ts";
import type { LintedScript } from "../model/linted_script.ts";
import { relationName, textsOf } from "../model/relation_name.ts";
import { type MeasuredScript, measureScript } from "./measure_script.ts";
import { Observer } from "./observer.ts";
import type { FutureKey } from "./seed_rows.ts";

/** What to measure. */
export interface MeasureRequest {
  /** Parents before children. */
  readonly definitions: readonly Definition[];
  readonly isMeasured: (definition: Definition) => boolean;
  /** Their up scripts, in the same order. */
  readonly scripts: readonly LintedScript[];
  /** Whether tables that a measured migration creates are new to the later ones. */
  readonly isOneRelease: boolean;
  readonly signal: AbortSignal;
  /** Told before each migration that is measured. */
  readonly report?: (done: number, total: number) => void;
}

/** What was seen. */
export interface MeasuredMigrations {
  readonly measured: ReadonlyMap<Definition, MeasuredScript>;
  /** Why the later ones are missing: a migration does not run in the shadow. */
  readonly ended?: Failure | Failures;
}

/**
 * Measures them, in an empty shadow, as far as they run there.
 *
 * @throws {Failure} `connection/*`, and what the signal was aborted with.
 */
export async function measureMigrations(
  { connector, label }: ScratchDatabase,
  { definitions, isMeasured, scripts, isOneRelease, signal, report }: MeasureRequest,
): Promise<MeasuredMigrations> {
  const session = await openShadowSession(connector, signal);
  const measured = new Map<Definition, MeasuredScript>();
  const last = definitions.findLastIndex(isMeasured);
  const total = definitions.filter(isMeasured).length;
  let old: ReadonlySet<string> | undefined;
  try {
    for (const [index, definition] of definitions.slice(0, last + 1).entries()) {
      signal.throwIfAborted();
      if (!isMeasured(definition)) {
        await replay(session, [definition], { shadow: label, before: "RESET ROLE", signal });
        continue;
      }
      report?.(measured.size, total);
      if (isOneRelease) old ??= await Observer.oids(session);
      const keys = futureKeys(scripts[index]!);
      const options = { shadow: label, old, keys };
      measured.set(definition, await measureScript(session, definition, options));
    }
    return { measured };
  } catch (error) {
    if (signal.aborted || !isOfMigration(error)) throw error;
    return { measured, ended: error };
  } finally {
    await session.close();
  }
}

/** A migration does not run, which says nothing of the others' rules. */
function isOfMigration(error: unknown): error is Failure | Failures {
  const [first] = error instanceof Failures ? error.failures : [error];
  return first instanceof Failure && /^(shadow|definition)\//.test(first.code);
}

function futureKeys({ statements }: LintedScript): readonly FutureKey[] {
  return statements.flatMap(({ node }) =>
    newConstraints(node).flatMap(({ table, columns, constraint: { contype, pktable, pk_attrs } }) =>
      contype === "CONSTR_FOREIGN" && pktable !== undefined
        ? [{
          table,
          columns,
          references: relationName(pktable),
          referenced: textsOf(pk_attrs),
        }]
        : []
    )
  );
}
