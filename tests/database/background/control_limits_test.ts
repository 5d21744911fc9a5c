import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changeState } from "../../../src/background/control/change_state.ts";
import { queueManually } from "../../../src/background/control/queue_migration.ts";
import { readProgressSnapshots } from "../../../src/background/status/progress_snapshot.ts";
import type { Session } from "../../../src/connection/session/session.ts";
import {
  ADD_ONE,
  BACKGROUND,
  declared,
  FULL_SPEED,
  newScene,
  queue,
  work,
} from "../../support/background.ts";
import { recordedPauses } from "../../support/recorded_pauses.ts";
import { majors, sharedCluster } from "../../support/cluster.ts";

const NOBODY = { who: "ada@desk", reason: "because" };

/** As a session with a standby is known. */
function onStandby(session: Session): Session {
  const server = { ...session.server, standby: true };
  return new Proxy(session, {
    get(target, property) {
      if (property === "server") return server;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

for (const major of majors) {
  describe(`what a change of a batched migration can do, on PostgreSQL ${major}`, () => {
    test("before the first `up`, and on a standby: the reason and what helps", {}, async () => {
      const { session } = await newScene(await sharedCluster(major), 5);
      const declaration = declared({ table: "counted", sql: ADD_ONE });
      const how = { declaration, mode: "first", toolVersion: "0", ...NOBODY } as const;
      await assert.rejects(queueManually(session, BACKGROUND, how), {
        code: "background/no-history",
        hint: "Apply its migrations first: migrator up --db shop",
      });
      await queue(session, declaration);
      const [snapshot] = await readProgressSnapshots(session, BACKGROUND);
      const standby = onStandby(session);
      const readOnly = { code: "connection/read-only" };
      await assert.rejects(queueManually(standby, BACKGROUND, how), readOnly);
      const pausing = { snapshot: snapshot!, change: "pause", ...NOBODY } as const;
      await assert.rejects(changeState(standby, BACKGROUND, pausing), readOnly);
      await session.close();
    });

    test("a pause that is set holds from the next sub-batch on", {}, async () => {
      const { connector, session } = await newScene(await sharedCluster(major), 50);
      await queue(
        session,
        declared({ table: "counted", sql: ADD_ONE, subBatchSize: 10, targetMs: 1 }),
      );
      const { clock, pauses } = recordedPauses();
      let isSet = false;
      await work(connector, {
        clock,
        throttle: async () => {
          if (!isSet) {
            await session.query(
              "UPDATE migrator.batched_background_migrations SET pause_ms = 700",
            );
          }
          isSet = true;
          return FULL_SPEED;
        },
      });
      assert.ok(pauses.length > 2, `${pauses}`);
      assert.ok(pauses.every((milliseconds) => milliseconds === 700), `${pauses}`);
      await session.close();
    });
  });
}
