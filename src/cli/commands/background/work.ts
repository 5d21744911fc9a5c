/**
 * `background work`
 *
 * @module
 */

import { formatCount } from "../../../format/count.ts";
import { type Command, Option } from "commander";
import type { WorkerPool } from "../../../background/crew/worker_pool.ts";
import type { StopCondition } from "../../../background/worker/worker.ts";
import { Failure, throwCollected } from "../../../failure.ts";
import { systemClock } from "../../../runtime/clock.ts";
import {
  destinationOf,
  type JanitorOptions,
  parseAge,
  requireDestination,
  runJanitorAtIntervals,
  withJanitor,
} from "./janitor_session.ts";
import { LiveProgress, showLiveProgress } from "../../output/live_progress.ts";
import { outcomeOf } from "./outcome.ts";
import { type ListenAddress, listenAddress } from "../../invocation/listen_address.ts";
import type { GlobalOptions, Invocation } from "../../invocation/invocation.ts";
import { backgroundLines } from "../../output/background_lines.ts";
import { isUnfinished } from "../../../background/state/state_machine.ts";
import {
  parseCountOption,
  type StartInvocation,
  withExamples,
  withServer,
} from "../../invocation/options.ts";

interface WorkOptions extends GlobalOptions, JanitorOptions {
  readonly janitorInterval: number;
  readonly listen?: ListenAddress;
  readonly once?: boolean;
  readonly untilDone?: boolean;
  readonly forever?: boolean;
  readonly workers: number;
  readonly throttle: boolean;
}

const HOUR = 3_600_000;

/** Runs queued batched migrations. */
export function workCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("work")
    .summary("run the queued ones")
    .description(
      "Runs the queued batched migrations. You can start any number of workers on any number " +
        "of hosts; if one dies, each row is still processed once. On SIGTERM or Ctrl-C a " +
        "worker finishes its current transaction (or cancels it after five seconds), returns " +
        "its batch, and exits with 143 or 130. Exits with 8 if a batched migration has failed, " +
        "or cannot continue because it is paused or held.",
    )
    .option("--until-done", "exit when nothing is left to do (the default)")
    .option("--forever", "keep running and wait for more work")
    .option("--once", "run one batch of each database, then exit")
    .option("--workers <n>", "number of workers per database", parseCountOption, 1)
    .option("--no-throttle", "run at full speed, whatever the load of the server")
    .addOption(
      new Option(
        "--janitor-interval <time>",
        "how often to run the janitor, with --archive, --archive-command or --no-archive",
      ).argParser(parseAge).default(HOUR, "1h"),
    )
    .option(
      "--listen <host:port>",
      "serve /healthz, /readyz, /metrics (Prometheus) and the page of `serve` there; :9187 listens on all addresses",
      listenAddress,
    );
  withExamples(
    withServer(withJanitor(command)),
    "migrator background work",
    "migrator background work --forever --workers 4 --db frontend",
  ).action(async (options: WorkOptions) => {
    const invocation = begin(options);
    const until = untilOf(options);
    const names = await invocation.databases();
    const liveProgress = new LiveProgress(invocation.output, systemClock);
    // Check first: a missing directory is a slip.
    const to = await destinationOf(options, invocation.output.warn);
    const metricsServer = await listeningAt(invocation, options.listen);
    const ends = await Promise.allSettled(
      names.map(async (name) => {
        const { workerPoolOf } = await import("./worker_pool_of.ts");
        const alone = await workerPoolOf(invocation, {
          database: name,
          isThrottled: options.throttle,
        });
        const pool = metricsServer?.watch(alone, options.workers) ?? alone;
        return await beside(
          requireDestination(options) && ((enough) =>
            runJanitorAtIntervals(invocation, {
              database: name,
              options,
              to,
              enough,
              report: pool.report,
            })),
          () => workFor(invocation, { name, pool, options, until, liveProgress }),
        );
      }),
    ).finally(() => metricsServer?.close());
    invocation.signal.throwIfAborted();
    const failures = ends.flatMap((end) => {
      if (end.status === "fulfilled") return [];
      if (end.reason instanceof Failure) return [end.reason];
      throw end.reason;
    });
    throwCollected(failures);
    const batches = ends.reduce(
      (sum, end) => sum + (end.status === "fulfilled" ? end.value : 0),
      0,
    );
    invocation.output.finished({ batches });
  });
}

/** Runs `other` while `work` runs; an action that it has begun is finished. */
async function beside(
  other: false | ((enough: AbortSignal) => Promise<void>),
  work: () => Promise<number>,
): Promise<number> {
  const over = new AbortController();
  const running = other ? other(over.signal) : Promise.resolve();
  // Its rejection is handled below, when the work is done.
  running.catch(() => {});
  try {
    return await work();
  } finally {
    over.abort();
    await running;
  }
}

/** Undefined when no server was asked for. */
async function listeningAt(invocation: Invocation, address: ListenAddress | undefined) {
  if (address === undefined) return undefined;
  const { output } = invocation;
  const { MetricsServer } = await import("./metrics_server.ts");
  const { isLoopback, pageServerOf } = await import("../serve/page_server_of.ts");
  const { givenToken } = await import("../serve/page_token.ts");
  const given = await givenToken({ file: undefined, environment: invocation.environment });
  const token = given?.token;
  // Whoever reaches other addresses needs the token: failures show values of rows.
  const isPage = token !== undefined || isLoopback(address);
  const pages = isPage
    ? await pageServerOf(invocation, {
      listen: address,
      token,
      allowsChanges: false,
      clock: systemClock,
    })
    : undefined;
  const metricsServer = new MetricsServer(pages);
  const at = await metricsServer.begin(address);
  output.print(
    `listening at ${at}: /healthz, /readyz, /metrics${isPage ? ", and a page at /" : ""}`,
  );
  output.record({ event: "listening", address: at });
  return metricsServer;
}

function untilOf({ once, forever, untilDone }: WorkOptions): StopCondition {
  if (Number(once ?? 0) + Number(forever ?? 0) + Number(untilDone ?? 0) > 1) {
    throw new Failure("usage/conflicting-options", "Only one of --once, --until-done, --forever.", {
      hint: "See: migrator background work --help",
    });
  }
  return once ? "once" : forever ? "forever" : "done";
}

/**
 * @returns The number of finished batches.
 * @throws {Failure} `background/failed`, `background/unfinished`, by the state at the end.
 */
async function workFor(
  invocation: Invocation,
  { name, pool, options, until, liveProgress }: {
    readonly name: string;
    readonly pool: WorkerPool;
    readonly options: WorkOptions;
    readonly until: StopCondition;
    readonly liveProgress: LiveProgress;
  },
): Promise<number> {
  const { output, signal } = invocation;
  const { runWorkerPool } = await import("../../../background/crew/worker_pool.ts");
  const done = new AbortController();
  const shown = showLiveProgress(liveProgress, {
    ...pool,
    signal: AbortSignal.any([signal, done.signal]),
  });
  const { batches } = await runWorkerPool(pool, { workers: options.workers, until })
    .finally(() => {
      done.abort();
      return shown;
    });
  const reportEnd = (isIdle: boolean) => {
    const text = isIdle ? "nothing to do" : `${formatCount(batches, "batch", "batches")} done`;
    output.print(`${name}: ${text}`);
    output.record({ event: "database", database: name, batches });
  };
  if (signal.aborted) reportEnd(false);
  signal.throwIfAborted();
  const { readSnapshotsOf } = await import("./read_snapshots.ts");
  const snapshots = await readSnapshotsOf(pool.connector, { name: pool.name, signal });
  const left = snapshots.filter(({ status }) => isUnfinished(status));
  reportEnd(batches === 0 && left.length === 0);
  for (const line of backgroundLines(left, output.style)) output.print(line);
  const failure = outcomeOf({ database: name, until, batches, snapshots });
  if (failure !== undefined) throw failure;
  return batches;
}
