/**
 * Finding out who is in the way of a statement while it waits: afterwards nobody knows. And how far
 * an index build has come.
 *
 * The looks come from a session of their own. One from the session that holds the migration lock would
 * take a snapshot inside its transaction, and a concurrent index build that begins to wait at that
 * moment would wait until that transaction ends, which is never before the build. That session is asked
 * only when the server has no room for another, and never while a concurrent statement runs.
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

/** Looks at what the work's session waits for, from when it is made until it is stopped. */
export interface BlockerWatch {
  /** Who was seen in the way since the last call. */
  take(): readonly Blocker[];
  /** Never throws. */
  stop(): Promise<void>;
}

/** Milliseconds between two looks, at the least and at the most. */
const EVERY = { least: 25, most: 1_000 };

/** Milliseconds of waiting after which it is told, and then between two tellings. */
const TELL = { first: 5_000, then: 30_000 };

/** Milliseconds that a look may take to get its session. */
const OPEN_TIMEOUT = 2_000;

/**
 * Starts to look.
 *
 * @param options.lockTimeout Milliseconds after which the server gives up; 0 when it does not. Within
 * it there are two looks or more, unless it is shorter than they take.
 * @param options.concurrent It is a statement that waits for the snapshots of others.
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
  const over = new AbortController();
  const observer = observe(context, { concurrent, signal: over.signal });
  const waiter = { pid: context.work.server.pid, application: applicationName(context) };
  const began = clock.elapsed();
  let seen: readonly Blocker[] = [];
  let since: number | undefined;
  let told = 0;
  const watch = async () => {
    for (;;) {
      await clock.sleep(every, over.signal);
      const found = over.signal.aborted
        ? []
        : (await observer.look(blockersQuery(waiter))).map(toBlocker);
      if (concurrent && !over.signal.aborted) {
        const [build] = await observer.look(indexProgressQuery(waiter));
        if (build && !over.signal.aborted) reportIndexProgress(context, step, { build, began });
      }
      if (over.signal.aborted) return await observer.close();
      if (found.length === 0) {
        since = undefined;
        continue;
      }
      // The wait may end between the server's looks at sessions and at locks: then the table is missing.
      if (hasRelation(found) || !hasRelation(seen)) seen = found;
      since ??= clock.elapsed();
      const waited = clock.elapsed() - since;
      if (waited < (told === 0 ? TELL.first : told + TELL.then)) continue;
      told = waited;
      context.report({
        database: context.history.database,
        type: "blocked",
        step: labelOf(step),
        seconds: Math.round(waited / 1_000),
        blockers: found,
      });
    }
  };
  // Looking is best effort: whatever ends it must not end the run.
  const watching = watch().catch(() => {});
  return {
    take() {
      const taken = seen;
      seen = [];
      since = undefined;
      told = 0;
      return taken;
    },
    async stop() {
      over.abort();
      await observer.close();
      await watching;
    },
  };
}

/** What the session that works is called in pg_stat_activity. */
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
  // An answer that nobody needs any more may never come.
  const over = new Promise<readonly Row[]>((resolve) =>
    signal.addEventListener("abort", () => resolve([]), { once: true })
  );
  return {
    /** Empty where nothing can be found out. */
    async look(query: string): Promise<readonly Row[]> {
      try {
        session ??= await connector.open({
          applicationName: `migrator ${history.database} (look)`,
          signal,
          patience: OPEN_TIMEOUT,
        });
        isAsking = true;
        return await catalogRead(session, query);
      } catch {
        await session?.close();
        session = undefined;
        if (concurrent || signal.aborted) return [];
        return await Promise.race([lock.look(query), over]);
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
