/**
 * Reports that a commit of the run waits for a synchronous standby. The server sends nothing until a
 * standby confirms the commit; without a standby it waits for ever.
 *
 * @module
 */

import type { HeldLock } from "../../connection/lock/advisory_lock.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import type { RunReporter } from "../context/event.ts";

/** Milliseconds between two checks. */
const CHECK_EVERY = 1_000;

/** Milliseconds of silence before the first check of the server, and between two reports. */
const REPORT = { first: 2_000, again: 30_000 };

/** Milliseconds to open the session that reads. */
const OPEN_TIMEOUT = 2_000;

/** Reports until `stop` is called. Best effort: an error in the check is ignored. */
export function reportStandbyWait(
  { work, lock, connector, database, report }: {
    readonly work: Session;
    readonly lock: HeldLock;
    readonly connector: Connector;
    readonly database: string;
    readonly report: RunReporter;
  },
): { readonly stop: () => Promise<void> } {
  const stop = new AbortController();
  let isChecking = false;
  let next = REPORT.first;
  let mayWait: boolean | undefined;
  let reader: Session | undefined;
  const check = async () => {
    // SHOW takes no snapshot, which a concurrent index build would have to wait for.
    mayWait ??= Boolean(
      (await lock.query("SHOW synchronous_standby_names")).rows[0]
        ?.["synchronous_standby_names"],
    );
    if (!mayWait) return;
    reader ??= await connector.open({
      applicationName: `migrator ${database} (look)`,
      signal: stop.signal,
      firstAnswerLimit: OPEN_TIMEOUT,
    });
    const rows = await catalogRead(reader, standbyWaitQuery(work, database));
    if (rows.length === 0) return;
    next = work.silence + REPORT.again;
    report({ type: "awaiting-standby", database, seconds: Math.round(work.silence / 1_000) });
  };
  const timer = setInterval(() => {
    if (work.silence < REPORT.first) next = REPORT.first;
    if (work.silence < next || isChecking || mayWait === false || lock.session === undefined) {
      return;
    }
    isChecking = true;
    check().catch(() => {}).finally(() => isChecking = false);
  }, CHECK_EVERY);
  return {
    async stop() {
      clearInterval(timer);
      stop.abort();
      await reader?.close();
    },
  };
}

/** Selects a row if the session waits. Behind a pooler its backend's pid may have changed. */
function standbyWaitQuery({ server: { pid } }: Session, database: string): string {
  const application = quoteLiteral(`migrator ${database}`.slice(0, 63));
  return `SELECT FROM pg_catalog.pg_stat_activity
    WHERE wait_event = 'SyncRep' AND datname = pg_catalog.current_database()
      AND (pid = ${pid} OR application_name = ${application})`;
}
