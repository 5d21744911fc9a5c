/**
 * Works on a batch, one sub-batch after another, until it is done, fails, or must be given back.
 *
 * @module
 */

import { type Bisection, narrow, passed, trial } from "./bisect.ts";
import { isGone } from "./changed_table.ts";
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
} from "./lease.ts";
import { hold, release } from "./hold.ts";
import { HEARTBEAT_DUE } from "../state/heartbeat.ts";
import { errorClassOfError } from "../state/error_class.ts";
import { backoff, MAX_BATCH_SIZE, nextSubBatchSize } from "./batch_optimizer.ts";
import { leaseOf, runSubBatch, type SubBatchEnd } from "./sub_batch.ts";
import type { Job } from "../state/rows.ts";
import type { Cursor } from "../strategy/strategy.ts";
import { reportTransition } from "./report_transition.ts";
import { pace } from "../throttle/pace.ts";
import type { ThrottleVerdict } from "../throttle/signal.ts";
import type { SubBatchWork } from "./work.ts";

/** Milliseconds that a slowed worker pauses at most, so that its lease outlasts it. */
const LONGEST_PAUSE = 10_000;

/** Milliseconds between two tries of what others have held for long. */
const PATIENT_BACKOFF = 5_000;

/** What became of a batch in this worker's hands. */
export interface BatchEnd {
  readonly kind: "succeeded" | "handed-back" | "failed" | "fenced";
  /** Units for the sub-batches of the next batch. */
  readonly subBatchSize: number;
}

/**
 * Works on a leased batch.
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
  /** Units of the next sub-batch while nothing is searched. */
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
      if (signal.aborted) return await this.#handBack();
      heartbeat?.beat(worker, Math.max(HEARTBEAT_DUE, 2 * leaseOf(this.#job)));
      const verdict = await throttle(migration, waited);
      heartbeat?.looked(migration, verdict);
      if (verdict.signal === "stop") return await this.#hold(verdict);
      if (isFirst) await release(this.#context, migration);
      const slowed = verdict.signal === "slow" ? reasonOf(verdict) : undefined;
      this.#tellSlowed(slowed);

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
      );
      const over = end.kind === "done"
        ? this.#done(end, size)
        : end.kind === "refused"
        ? await this.#refused(end, size)
        : end.kind === "stopped"
        ? await this.#handBack()
        : this.#end("fenced");
      waited = end.kind === "done" ? end.waited : 0;
      // A slowed worker rests after a batch, too: the next one is as likely its own as another's.
      const rests = !over || over.kind === "succeeded" && slowed !== undefined;
      if (rests) await this.#pause(verdict, end.kind === "done" ? end.milliseconds : 0);
      if (over) return over;
    }
  }

  async #pause(verdict: ThrottleVerdict, workedMs: number): Promise<void> {
    const { clock, signal, heartbeat } = this.#context;
    const { migration } = this.#job;
    const pauseMs = pace(verdict, { workedMs, pauseMs: migration.pauseMs });
    const pause = Math.min(pauseMs, Math.max(migration.pauseMs, LONGEST_PAUSE));
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
    // The last one may have been a short rest, which says nothing.
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
    const { refused, until } = end;
    // By us, mostly: it took too long for one who is to stop, which says nothing of its size.
    if (refused.sqlstate === "57014" && this.#context.signal.aborted) return await this.#handBack();
    const part: RefusedRange = { refused, until, after: this.#cursor ?? this.#job.after };
    const kind = errorClassOfError(refused);
    const { session } = this.#context;
    if (
      refused.sqlstate === "42P01" &&
      await isGone(session, this.#job.migration, this.#job.segment)
    ) {
      await endOfRange(this.#context, this.#job);
      return this.#end("succeeded");
    }
    if (kind === "programmer") {
      const isOwn = refused.sqlstate === undefined;
      return await this.#failMigration(
        part,
        isOwn ? "the job's code cannot be right" : "the server refuses the statement",
      );
    }
    if (kind === "too-much" && size > 1) {
      this.#search = undefined;
      this.#size = Math.max(1, Math.floor(size / 2));
      return await this.#goOn(part);
    }
    if (kind === "data" && until !== undefined) {
      if (size === 1) return await this.#putAside(part, until);
      this.#search = narrow(size);
      return await this.#goOn(part);
    }
    return await this.#fail(part, { size, isContended: kind === "contention" });
  }

  async #goOn(part: RefusedRange): Promise<undefined> {
    await recordRefusal(this.#context, this.#job, { ...part, subBatchSize: this.#size });
  }

  async #putAside(part: RefusedRange, until: Cursor): Promise<BatchEnd | undefined> {
    const subBatchSize = this.#size;
    const end = await quarantine(this.#context, this.#job, { ...part, until, subBatchSize });
    if (end === "fenced") return this.#end("fenced");
    if (end === "full") {
      const { maxQuarantined } = this.#job.migration.declaration;
      return await this.#failMigration(
        part,
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

  async #failMigration(part: RefusedRange, why: string): Promise<BatchEnd> {
    const reason = `${why}: ${part.refused.message}`;
    const subBatchSize = this.#size;
    await failMigration(this.#context, this.#job, { ...part, subBatchSize, reason });
    return this.#end("failed");
  }

  async #fail(
    part: RefusedRange,
    { size, isContended }: { readonly size: number; readonly isContended: boolean },
  ): Promise<BatchEnd> {
    const { attempts, migration: { declaration } } = this.#job;
    const wait = backoff(attempts, this.#context.clock.random());
    const isLast = attempts >= declaration.maxAttempts;
    // Fewer rows are locked for a shorter time, and meet fewer of those that others hold.
    if (isContended) this.#size = Math.max(1, Math.floor(size / 2));
    await failJob(this.#context, this.#job, {
      ...part,
      isContended,
      subBatchSize: this.#size,
      retryIn: isContended && isLast ? Math.max(wait, PATIENT_BACKOFF) : wait,
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

  async #handBack(): Promise<BatchEnd> {
    await giveBackJob(this.#context, this.#job, { subBatchSize: this.#size });
    return this.#end("handed-back");
  }

  /** Once, and not again with each batch, until it has been at full speed in between. */
  #tellSlowed(reason: string | undefined): void {
    const { slowed, report } = this.#context;
    const { id } = this.#job.migration;
    if (reason === undefined) slowed.delete(id);
    else if (!slowed.has(id)) {
      slowed.add(id);
      report({ ...this.#label(), type: "slowed", reason });
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

/** What those indicators say that ask for what is done. */
function reasonOf({ readings, signal: done }: ThrottleVerdict): string {
  return readings.filter(({ signal }) => signal === done).map(({ reason }) => reason).join("; ");
}
