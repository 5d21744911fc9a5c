/**
 * Runs a batch, one sub-batch after another, until it succeeds, fails, or is given back.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import { type Bisection, narrow, passed, trial } from "./bisect.ts";
import { isGone, TableReplaced } from "./changed_table.ts";
import type { WorkerContext } from "./worker_context.ts";
import { withShutdownLimit } from "./graceful_shutdown.ts";
import {
  endOfRange,
  failJob,
  failMigration,
  giveBackJob,
  quarantine,
  recordRefusal,
  type RefusedRange,
} from "./leased_batch.ts";
import { hold, release } from "./hold.ts";
import { HEARTBEAT_DUE } from "../state/heartbeat.ts";
import { errorClassOfError } from "../state/error_class.ts";
import { backoff, MAX_BATCH_SIZE, nextSubBatchSize } from "./batch_optimizer.ts";
import { leaseOf } from "./lease.ts";
import { runSubBatch, type SubBatchEnd } from "./sub_batch.ts";
import type { Job } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { reportTransition } from "./report_transition.ts";
import { CUSTOM } from "../throttle/custom_indicator.ts";
import { pace } from "../throttle/pace.ts";
import type { ThrottleVerdict } from "../throttle/verdict.ts";
import type { SubBatchWork } from "./sub_batch_work.ts";

/** The longest pause of a slowed worker in milliseconds, so that its lease outlasts the pause. */
const LONGEST_PAUSE = 10_000;

/**
 * Milliseconds between two attempts at a batch that has used up its attempts on lock contention.
 */
const CONTENTION_BACKOFF = 5_000;

/** How this worker's run of a batch ended. */
export interface BatchEnd {
  readonly kind: "succeeded" | "handed-back" | "failed" | "fenced";
  /** Units of a sub-batch, for the next batch. */
  readonly subBatchSize: number;
}

/**
 * Runs a leased batch.
 *
 * @throws {Failure} `connection/lost`: the lease stays until it expires.
 */
export async function runBatch(
  context: WorkerContext,
  job: Job,
  work: SubBatchWork,
): Promise<BatchEnd> {
  return await new JobRun(context, job, work).run();
}

class JobRun {
  readonly #context: WorkerContext;
  readonly #job: Job;
  readonly #work: SubBatchWork;
  #cursor: Cursor | undefined;
  /** Units of the next sub-batch, unless a bisection is under way. */
  #size: number;
  #search: Bisection | undefined;

  constructor(context: WorkerContext, job: Job, work: SubBatchWork) {
    this.#context = context;
    this.#job = job;
    this.#work = work;
    this.#cursor = job.cursor;
    this.#size = job.subBatchSize;
  }

  async run(): Promise<BatchEnd> {
    const { signal, throttle, heartbeat, worker } = this.#context;
    const { migration } = this.#job;
    let waited = 0;
    for (let isFirst = true;; isFirst = false) {
      if (signal.aborted) return await this.#giveBack();
      heartbeat?.beat(worker, Math.max(HEARTBEAT_DUE, 2 * leaseOf(this.#job)));
      const verdict = await throttle(migration, waited);
      heartbeat?.looked(migration, verdict);
      if (verdict.signal === "stop") return await this.#hold(verdict);
      if (isFirst) await release(this.#context, migration);
      const slowed = verdict.signal === "slow" ? reasonOf(verdict) : undefined;
      this.#reportSlowed(slowed);
      this.#reportUnreadable(verdict);

      const size = this.#search ? trial(this.#search) : this.#size;
      const end = await withShutdownLimit(
        this.#context,
        () =>
          runSubBatch(this.#context, this.#job, {
            cursor: this.#cursor,
            size,
            slowed,
            work: this.#work,
          }),
        // After the lease's length another worker may claim the batch.
        leaseOf(this.#job),
      );
      const over = end.kind === "done"
        ? this.#done(end, size)
        : end.kind === "refused"
        ? await this.#refused(end, size)
        : end.kind === "stopped"
        ? await this.#giveBack()
        : this.#end("fenced");
      waited = end.kind === "done" ? end.waited : 0;
      // A slowed worker also pauses after a batch, because it may claim the next one itself. What
      // was refused has written nothing that the server would have to recover from.
      const rests = over ? over.kind === "succeeded" && slowed !== undefined : end.kind === "done";
      if (rests) await this.#pause(verdict, end.kind === "done" ? end : undefined);
      if (over) return over;
    }
  }

  /** @param done The sub-batch that was done; undefined: it was refused. */
  async #pause(
    verdict: ThrottleVerdict,
    done: (SubBatchEnd & { readonly kind: "done" }) | undefined,
  ): Promise<void> {
    const { clock, signal, heartbeat } = this.#context;
    const { migration } = this.#job;
    const { milliseconds: workedMs = 0, pauseMs = migration.pauseMs } = done ?? {};
    const wanted = pace(verdict, { workedMs, pauseMs });
    // The lease outlasts the pause that was set when the batch was claimed.
    const pause = Math.min(wanted, Math.max(migration.pauseMs, LONGEST_PAUSE));
    if (pause <= 0) return;
    const began = clock.elapsed();
    await clock.sleep(pause, signal).catch(() => {});
    heartbeat?.paused(migration, clock.elapsed() - began);
  }

  #done(
    end: SubBatchEnd & { readonly kind: "done" },
    size: number,
  ): BatchEnd | undefined {
    const { cursor, isLast, affected, milliseconds } = end;
    this.#cursor = cursor;
    this.#context.report({
      ...this.#label(),
      type: "sub-batch",
      job: this.#job.id,
      cursor,
      size,
      affected,
      milliseconds,
    });
    if (this.#search) this.#search = passed(this.#search, size);
    // The last sub-batch may be shorter, so it is no measurement.
    else if (!isLast) this.#size = this.#next({ size, milliseconds });
    return isLast ? this.#end("succeeded") : undefined;
  }

  #next(
    measured: { readonly size: number; readonly milliseconds: number },
  ): number {
    const { declaration, maxSubBatchSize, batchSize } = this.#job.migration;
    return nextSubBatchSize(measured, {
      target: declaration.targetMs,
      max: Math.min(maxSubBatchSize ?? MAX_BATCH_SIZE, batchSize),
    });
  }

  async #refused(
    end: SubBatchEnd & { readonly kind: "refused" },
    size: number,
  ): Promise<BatchEnd | undefined> {
    const { session } = this.#context;
    const { until } = end;
    // The message of a TypeScript job may hold any characters.
    const refused = {
      ...end.refused,
      message: await representableValue(session, end.refused.message),
    };
    // The shutdown limit cancelled the statement, most likely; its size was not too large.
    if (refused.sqlstate === "57014" && this.#context.signal.aborted) return await this.#giveBack();
    const range: RefusedRange = { refused, until, after: this.#cursor ?? this.#job.after };
    const kind = errorClassOfError(refused);
    if (
      refused.sqlstate === "42P01" &&
      await isGone(session, this.#job.migration, this.#job.segment)
    ) {
      await endOfRange(this.#context, this.#job);
      return this.#end("succeeded");
    }
    if (kind === "programmer") {
      const why = refused.name === TableReplaced.name
        ? "rows of another table are not those that were queued"
        : refused.sqlstate === undefined
        ? "the job's code cannot be right"
        : "the server refuses the statement";
      return await this.#failMigration(range, why);
    }
    if (kind === "too-much" && size > 1) {
      this.#search = undefined;
      this.#size = Math.max(1, Math.floor(size / 2));
      return await this.#retrySmaller(range);
    }
    if (kind === "data" && until !== undefined) {
      if (size === 1) return await this.#quarantine(range, until);
      this.#search = narrow(size);
      return await this.#retrySmaller(range);
    }
    return await this.#fail(range, { size, isContended: kind === "contention" });
  }

  async #retrySmaller(range: RefusedRange): Promise<undefined> {
    await recordRefusal(this.#context, this.#job, { ...range, subBatchSize: this.#size });
  }

  async #quarantine(range: RefusedRange, until: Cursor): Promise<BatchEnd | undefined> {
    const subBatchSize = this.#size;
    const end = await quarantine(this.#context, this.#job, { ...range, until, subBatchSize });
    if (end === "fenced") return this.#end("fenced");
    if (end === "full") {
      const { maxQuarantined } = this.#job.migration.declaration;
      return await this.#failMigration(
        range,
        `the row with key ${until.join(", ")} is refused, and ` +
          (maxQuarantined === 0
            ? "none may be put aside (maxQuarantined: 0)"
            : `there is no room for more than ${maxQuarantined} put aside (maxQuarantined)`),
      );
    }
    this.#cursor = until;
    this.#search = undefined;
    return JSON.stringify(until) === JSON.stringify(this.#job.until)
      ? this.#end("succeeded")
      : undefined;
  }

  async #failMigration(range: RefusedRange, why: string): Promise<BatchEnd> {
    const reason = `${why}: ${range.refused.message}`;
    const subBatchSize = this.#size;
    await failMigration(this.#context, this.#job, { ...range, subBatchSize, reason });
    return this.#end("failed");
  }

  async #fail(
    range: RefusedRange,
    { size, isContended }: { readonly size: number; readonly isContended: boolean },
  ): Promise<BatchEnd> {
    const { attempts, migration: { declaration } } = this.#job;
    const wait = backoff(attempts, this.#context.clock.random());
    const isLast = attempts >= declaration.maxAttempts;
    // Fewer rows are locked for a shorter time, and fewer of them are locked by others.
    if (isContended) this.#size = Math.max(1, Math.floor(size / 2));
    await failJob(this.#context, this.#job, {
      ...range,
      isContended,
      subBatchSize: this.#size,
      retryIn: isContended && isLast ? Math.max(wait, CONTENTION_BACKOFF) : wait,
    });
    return this.#end("failed");
  }

  async #hold(verdict: ThrottleVerdict): Promise<BatchEnd> {
    await giveBackJob(this.#context, this.#job, { subBatchSize: this.#size });
    const { holdFor = 5_000, isOverdue } = verdict;
    const reason = reasonOf(verdict);
    await hold(this.#context, this.#job.migration, { reason, holdFor, isOverdue });
    return this.#end("handed-back");
  }

  async #giveBack(): Promise<BatchEnd> {
    await giveBackJob(this.#context, this.#job, { subBatchSize: this.#size });
    return this.#end("handed-back");
  }

  /** Reports the slowdown once, and again only after a time at full speed. */
  #reportSlowed(reason: string | undefined): void {
    const { slowed, report } = this.#context;
    const { id } = this.#job.migration;
    if (reason === undefined) slowed.delete(id);
    else if (!slowed.has(id)) {
      slowed.add(id);
      report({ ...this.#label(), type: "slowed", reason });
    }
  }

  /** Reports once that the declaration's own indicator cannot be read, until it can. */
  #reportUnreadable({ readings }: ThrottleVerdict): void {
    const { unread, report } = this.#context;
    const { id } = this.#job.migration;
    const own = readings.find(({ indicator }) => indicator === CUSTOM);
    if (own?.signal !== "unknown") unread.delete(id);
    else if (!unread.has(id)) {
      unread.add(id);
      report({ ...this.#label(), type: "indicator-unreadable", reason: own.reason });
    }
  }

  #label() {
    const { id, declaration } = this.#job.migration;
    return { database: this.#context.name.database, id, name: declaration.name };
  }

  #end(kind: BatchEnd["kind"]): BatchEnd {
    const { report, worker } = this.#context;
    if (kind === "fenced") {
      report({ ...this.#label(), type: "lease-lost", job: this.#job.id, worker });
    }
    if (kind === "succeeded") {
      reportTransition(this.#context, this.#job, { from: "running", to: "succeeded" });
    }
    return { kind, subBatchSize: this.#size };
  }
}

/** The reasons of the indicators that asked for the verdict's signal. */
function reasonOf({ readings, signal: done }: ThrottleVerdict): string {
  return readings.filter(({ signal }) => signal === done).map(({ reason }) => reason).join("; ");
}
