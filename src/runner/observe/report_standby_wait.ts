/**
 * Reporting that a commit of the run waits for a standby: the server says nothing until one confirms
 * it, and where none is left that is for ever.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { RunReporter } from "../context/event.ts";

/** Milliseconds between two looks. */
const LOOK_EVERY = 1_000;

/** Milliseconds of silence after which the server is asked, and after which it is reported again. */
const REPORT = { first: 2_000, again: 30_000 };

/** Milliseconds for the session that asks. */
const OPEN_TIMEOUT = 2_000;

/** Reports until it is stopped. Best effort: what it cannot see, it does not report. */
export function reportStandbyWait(
  { work, lock, connector, database, report }: {
    readonly work: Session;
    readonly lock: HeldLock;
    readonly connector: Connector;
    readonly database: string;
    readonly report: RunReporter;
  },
): { readonly stop: () => Promise<void> } {
  const over = new AbortController();
  let isLooking = false;
  let next = REPORT.first;
  let mayWait: boolean | undefined;
  let eye: Session | undefined;
  const look = async () => {
    // SHOW takes no snapshot, which a concurrent index build would have to wait for.
    mayWait ??= Boolean(
      (await lock.query("SHOW synchronous_standby_names")).rows[0]
        ?.["synchronous_standby_names"],
    );
    if (!mayWait) return;
    eye ??= await connector.open({
      applicationName: `migrator ${database} (look)`,
      signal: over.signal,
      patience: OPEN_TIMEOUT,
    });
    const rows = await catalogRead(eye, standbyWaitQuery(work, database));
    if (rows.length === 0) return;
    next = work.silence + REPORT.again;
    report({ type: "awaiting-standby", database, seconds: Math.round(work.silence / 1_000) });
  };
  const timer = setInterval(() => {
    if (work.silence < REPORT.first) next = REPORT.first;
    if (work.silence < next || isLooking || mayWait === false || lock.session === undefined) return;
    isLooking = true;
    look().catch(() => {}).finally(() => isLooking = false);
  }, LOOK_EVERY);
  return {
    async stop() {
      clearInterval(timer);
      over.abort();
      await eye?.close();
    },
  };
}

/** A row where the session waits. Through a pooler it may have another backend than it knows of. */
function standbyWaitQuery({ server: { pid } }: Session, database: string): string {
  const application = quoteLiteral(`migrator ${database}`.slice(0, 63));
  return `SELECT FROM pg_catalog.pg_stat_activity
    WHERE wait_event = 'SyncRep' AND datname = pg_catalog.current_database()
      AND (pid = ${pid} OR application_name = ${application})`;
}
