/**
 * A shadow to which migrations were applied, and in which more can be run.
 *
 * @module
 */

import type { Definition, Direction } from "../definition/migration/definition.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import type { Schema } from "../schema/model/schema.ts";
import { replay, replayScript } from "../shadow/replay.ts";
import type { ScratchDatabase } from "../shadow/scratch_database.ts";
import { openShadowSession } from "../shadow/shadow_session.ts";

/** An open shadow. */
export interface ReplayedShadow {
  /**
   * Runs one direction of a migration; a missing down script does nothing.
   *
   * @throws {Failure} `shadow/*`.
   */
  run(definition: Definition, direction: Direction): Promise<void>;
  describe(): Promise<Schema>;
  dispose(): Promise<void>;
}

/**
 * Opens a shadow and applies migrations to it.
 *
 * @param definitions Parents before children.
 * @throws {Failure} `shadow/*`.
 */
export async function openReplayedShadow(
  { shadow: open, without, signal }: {
    readonly shadow: () => Promise<ScratchDatabase>;
    readonly without: readonly string[];
    readonly signal: AbortSignal;
  },
  definitions: readonly Definition[],
): Promise<ReplayedShadow> {
  const scratch = await open();
  try {
    const session = await openShadowSession(scratch.connector, signal);
    const options = { shadow: scratch.label, before: "RESET ROLE", signal };
    await replay(session, definitions, options);
    return {
      async run(definition, direction) {
        const script = definition[direction];
        if (script === undefined) return;
        await replayScript(session, { definition, direction, script }, options);
      },
      describe: () => describeSchema(session, { without }),
      async dispose() {
        await session.close();
        await scratch.dispose();
      },
    };
  } catch (error) {
    await scratch.dispose();
    throw error;
  }
}
