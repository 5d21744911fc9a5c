/**
 * A shadow to which migrations were applied, and in which more can be run.
 *
 * @module
 */

import { SqlError } from "../connection/session/session.ts";
import type { Definition, Direction } from "../definition/migration/definition.ts";
import { compareSchemas } from "../schema/compare_schemas.ts";
import { describeWithOids } from "../schema/describe_schema.ts";
import type { Schema } from "../schema/model/schema.ts";
import { repairSchema } from "../schema/repair_schema.ts";
import { WRITTEN_SETTINGS } from "../schema/write_schema.ts";
import { type Origin, OriginLog } from "../shadow/origin_log.ts";
import { replay, replayScript } from "../shadow/replay.ts";
import type { ShadowOptions } from "../shadow/shadow_options.ts";
import { openShadowSession } from "../shadow/shadow_session.ts";
import { restoreRows } from "./restore_rows.ts";
import { readOutline } from "./schema_outline.ts";
import { type ReadRows, readRows } from "./table_rows.ts";

/** What is in a shadow. */
export interface ShadowState extends ReadRows {
  readonly schema: Schema;
  /** See `readOutline`. */
  readonly outline: string;
  /** The statement that made an object, by its address; undefined for what no migration made. */
  originOf(address: string): Origin | undefined;
}

/** An open shadow. */
export interface ReplayedShadow {
  /**
   * Runs one direction of a migration; a missing down script does nothing.
   *
   * @throws {Failure} `shadow/*`.
   */
  run(definition: Definition, direction: Direction): Promise<void>;
  /**
   * What is in it now.
   *
   * @param likely Reused where the outline is the same.
   */
  state(likely?: ShadowState): Promise<ShadowState>;
  /**
   * Makes schema and rows what they were, without a migration. What is made again has the origin that it
   * had.
   *
   * @returns Whether all statements for that ran.
   */
  repair(state: ShadowState): Promise<boolean>;
  dispose(): Promise<void>;
}

/**
 * Opens a shadow and applies migrations to it.
 *
 * @param definitions Parents before children.
 * @throws {Failure} `shadow/*`.
 */
export async function openReplayedShadow(
  { shadow: open, without, signal }: ShadowOptions,
  definitions: readonly Definition[],
): Promise<ReplayedShadow> {
  const scratch = await open();
  try {
    const session = await openShadowSession(scratch.connector, signal);
    const origins = new OriginLog();
    await origins.mark(session, undefined);
    const options = { shadow: scratch.label, before: "RESET ROLE", signal, origins };
    await replay(session, definitions, options);
    return {
      async run(definition, direction) {
        const script = definition[direction];
        if (script === undefined) return;
        await replayScript(session, { definition, direction, script }, options);
      },
      async state(likely) {
        const rows = await readRows(session, without);
        const outline = await readOutline(session);
        if (likely?.outline === outline) return { ...likely, ...rows };
        const { schema, oids } = await describeWithOids(session, { without });
        const originOf = (address: string) => {
          const oid = oids.get(address);
          return oid === undefined ? undefined : origins.originOf(oid);
        };
        return { schema, outline, ...rows, originOf };
      },
      async repair(expected) {
        const { schema: actual } = await describeWithOids(session, { without });
        const { statements, byHand } = repairSchema(
          { expected: expected.schema, actual },
          compareSchemas(expected.schema, actual),
        );
        if (byHand.length > 0) return false;
        try {
          for (const sql of [...WRITTEN_SETTINGS, ...statements.map(({ sql }) => sql)]) {
            await session.query(sql);
          }
          const { rows } = await readRows(session, without);
          await restoreRows(session, { expected: expected.rows, actual: rows });
          return true;
        } catch (error) {
          if (!(error instanceof SqlError)) throw error;
          return false;
        } finally {
          await session.query("DISCARD ALL");
          await origins.mark(session, undefined);
          const { oids } = await describeWithOids(session, { without });
          for (const [address, oid] of oids) {
            const origin = expected.originOf(address);
            if (origin !== undefined && origins.originOf(oid) === undefined) {
              origins.set(oid, origin);
            }
          }
        }
      },
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
