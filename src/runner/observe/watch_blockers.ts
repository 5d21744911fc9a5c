/**
 * Watches which sessions block a statement while it waits, because that cannot be read afterwards; and
 * the progress of an index build.
 *
 * The watch uses a separate session. A query in the session that holds the migration lock would take a
 * snapshot inside its transaction. A concurrent index build that starts to wait at that moment would
 * wait for the end of that transaction, which never comes before the end of the build. So the lock's
 * session is used only when the server has no slot for another, and never during a concurrent statement.
 *
 * @module
 */

import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Row, Session } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import { type Blocker, blockersQuery, toBlocker } from "../context/blocker.ts";
import { indexProgressQuery } from "../context/index_progress.ts";
import { reportIndexProgress } from "./report_index_progress.ts";
import { labelOf, type RunContext } from "../context/run_context.ts";

/** A running watch of the sessions that block the work session. */
export interface BlockerWatch {
  /** Returns the blockers seen since the last call, and starts anew. */
  take(): readonly Blocker[];
  /** Ends the watch and closes its session. Never throws. */
  stop(): Promise<void>;
}

/** The least and the most milliseconds between two checks. */
const EVERY = { least: 25, most: 1_000 };

/** Milliseconds of waiting before the first report, and then between two reports. */
const REPORT = { first: 5_000, then: 30_000 };

/** Milliseconds to open the watch's session. */
const OPEN_TIMEOUT = 2_000;

/**
 * Starts a watch.
 *
 * @param options.lockTimeout The statement's `lock_timeout` in milliseconds; 0 for none. At least two
 * checks fit into it, unless it is very short.
 * @param options.concurrent The statement waits for the snapshots of other transactions.
 */
export function watchBlockers(
  context: RunContext,
  step: Step,
  { lockTimeout, concurrent = false }: {
    readonly lockTimeout: number;
    readonly concurrent?: boolean;
  },
): BlockerWatch {
  const { clock, lock } = context;
  if (lock.session === undefined) return { take: () => [], stop: () => Promise.resolve() };
  const every = Math.max(EVERY.least, Math.min(EVERY.most, 0.4 * (lockTimeout || Infinity)));
  const stopped = new AbortController();
  const observer = observe(context, { concurrent, signal: stopped.signal });
  const waiter = { pid: context.work.server.pid, application: applicationName(context) };
  const began = clock.elapsed();
  let seen: readonly Blocker[] = [];
  let since: number | undefined;
  let reportedAt = 0;
  const watch = async () => {
    for (;;) {
      await clock.sleep(every, stopped.signal);
      const found = stopped.signal.aborted
        ? []
        : (await observer.look(blockersQuery(waiter))).map(toBlocker);
      if (concurrent && !stopped.signal.aborted) {
        const [build] = await observer.look(indexProgressQuery(waiter));
        if (build && !stopped.signal.aborted) reportIndexProgress(context, step, { build, began });
      }
      if (stopped.signal.aborted) return await observer.close();
      if (found.length === 0) {
        since = undefined;
        continue;
      }
      // If the wait ends while the server reads sessions and then locks, the row has no table.
      if (hasRelation(found) || !hasRelation(seen)) seen = found;
      since ??= clock.elapsed();
      const waited = clock.elapsed() - since;
      if (waited < (reportedAt === 0 ? REPORT.first : reportedAt + REPORT.then)) continue;
      reportedAt = waited;
      context.report({
        database: context.history.database,
        type: "blocked",
        step: labelOf(step),
        seconds: Math.round(waited / 1_000),
        blockers: found,
      });
    }
  };
  // Best effort: an error in the watch must not end the run.
  const watching = watch().catch(() => {});
  return {
    take() {
      const taken = seen;
      seen = [];
      since = undefined;
      reportedAt = 0;
      return taken;
    },
    async stop() {
      stopped.abort();
      await observer.close();
      await watching;
    },
  };
}

/** The work session's `application_name` in pg_stat_activity, at most 63 characters. */
function applicationName({ history }: RunContext): string {
  return `migrator ${history.database}`.slice(0, 63);
}

function hasRelation(blockers: readonly Blocker[]): boolean {
  return blockers.some(({ relation }) => relation !== null);
}

function observe(
  { connector, history, lock }: RunContext,
  { concurrent, signal }: { readonly concurrent: boolean; readonly signal: AbortSignal },
) {
  let session: Session | undefined;
  let isAsking = false;
  // After the watch has stopped, an answer may never come.
  const stopped = new Promise<readonly Row[]>((resolve) =>
    signal.addEventListener("abort", () => resolve([]), { once: true })
  );
  return {
    /** Returns no rows if the query cannot be run. */
    async look(query: string): Promise<readonly Row[]> {
      try {
        session ??= await connector.open({
          applicationName: `migrator ${history.database} (look)`,
          signal,
          firstAnswerLimit: OPEN_TIMEOUT,
        });
        isAsking = true;
        return await catalogRead(session, query);
      } catch {
        await session?.close();
        session = undefined;
        if (concurrent || signal.aborted) return [];
        return await Promise.race([lock.look(query), stopped]);
      } finally {
        isAsking = false;
      }
    },
    async close() {
      if (isAsking) session?.abandon();
      await session?.close();
    },
  };
}
