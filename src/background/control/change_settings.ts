/**
 * Changes the settings of a batched migration at a user's request.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import type { Session } from "../../connection/session/session.ts";
import {
  type ChangedSetting,
  changedSettings,
  type WantedSettings,
} from "./changeable_settings.ts";
import { transaction } from "../state/background_transaction.ts";
import { withPrivileges } from "../state/with_privileges.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";
import { type BackgroundTables, MIGRATION_COLUMNS, tablesOf, toMigration } from "../state/rows.ts";
import { logEvent } from "../state/transition.ts";
import { wrongState } from "./wrong_state.ts";

/** States in which settings still have an effect. */
const CHANGEABLE = ["active", "paused", "failed", "finalizing"];

/**
 * Changes settings and records an event with the actor and the reason. Workers apply them from
 * their next batch.
 *
 * @returns The settings that changed. If none did, no event is recorded.
 * @throws {Failure} `background/wrong-state`, `background/missing-right`, `usage/conflicting-sizes`.
 */
export async function changeSettings(
  session: Session,
  name: BackgroundTables,
  { snapshot, wanted, who, reason }: {
    readonly snapshot: ProgressSnapshot;
    readonly wanted: WantedSettings;
    readonly who: string;
    readonly reason: string | undefined;
  },
): Promise<readonly ChangedSetting[]> {
  const { migrations } = tablesOf(name);
  const { id } = snapshot;
  const texts = await representableValue(session, { who, reason });
  return await withPrivileges(session, name, () =>
    transaction(session, async () => {
      // Locks the row first, so that the next statement sees the latest committed values.
      await session.query(`SELECT FROM ${migrations} WHERE id = ${id} FOR NO KEY UPDATE`);
      const { rows } = await session.query(
        `SELECT ${MIGRATION_COLUMNS} FROM ${migrations} AS m WHERE id = ${id}`,
      );
      const current = toMigration(rows[0]!);
      if (!CHANGEABLE.includes(current.status)) {
        throw wrongState({ ...snapshot, status: current.status }, {
          database: name.database,
          refused: "given other settings",
        });
      }
      const { changes, assignments } = changedSettings(current, wanted);
      if (changes.length === 0) return changes;
      const details = Object.fromEntries(changes.map(({ name, from, to }) => [name, { from, to }]));
      await session.query(
        `UPDATE ${migrations}
        SET ${[...assignments, "updated_at = clock_timestamp()"].join(", ")}
        WHERE id = ${id};

        ${logEvent(name, { migration: id, event: "set", ...texts, details })}`,
      );
      return changes;
    }));
}
