/**
 * Compacts batches of one migration: archives their log, then deletes them and adds them to the
 * summary.
 *
 * Each step is recorded in the database before the next begins. After a crash the lease expires,
 * and the next janitor continues with the same chunk. So nothing is deleted before it is archived,
 * and nothing is counted twice.
 *
 * @module
 */

import type { JanitorContext } from "./janitor_context.ts";
import {
  batchesOf,
  candidates,
  type Chunk,
  type ClaimedChunk,
  nextChunk,
  type RetentionAges,
  statusesOf,
} from "./chunk.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import { inTransaction } from "../state/background_transaction.ts";
import { JOB_STATUS } from "../state/state_machine.ts";
import { jsonLiteral, tablesOf, textLiteral } from "../state/rows.ts";
import { logEvent } from "../state/transition.ts";
import {
  archiveName,
  endLine,
  headerLine,
  jobJson,
  jobLine,
  MIGRATION_JSON,
  OVER,
  type StoredArchive,
} from "../archive/archive_format.ts";
import { deletion } from "./deletion.ts";
import type { Destination } from "../archive/destination.ts";

/** The result of a compaction. */
export interface CompactionResult {
  readonly migration: string;
  readonly name: string;
  readonly archive: StoredArchive;
}

/** The length of a janitor's lease, and the interval at which it is renewed, in milliseconds. */
const LEASE = 60_000;
const RENEW_AFTER = 15_000;

/** Batches that are read or deleted at once. */
const PAGE = 1_000;

const LEASE_END = `clock_timestamp() + interval '${LEASE} milliseconds'`;

/**
 * Another janitor has leased the chunk, because this one was suspended for longer than its lease.
 */
class LeaseLost extends Error {}

/** Leases a chunk of any migration; undefined if there is nothing to compact. */
export async function claimChunk(
  { name, session, who }: JanitorContext,
  { ages, without }: { readonly ages: RetentionAges; readonly without: readonly string[] },
): Promise<ClaimedChunk | undefined> {
  const { migrations, summaries } = tablesOf(name);
  for (const passed = [...without];;) {
    const [found] = await catalogRead(
      session,
      candidates(name, { ages, without: passed, limit: 1 }),
    );
    if (found === undefined) return undefined;
    const id = found["id"]!;
    const migration = { id, isOver: found["is_over"] === "t" };
    const next = nextChunk(name, { migration, ages, n: "jsonb_array_length(s.archives) + 1" });
    const { rows } = await inTransaction(session, [
      `INSERT INTO ${summaries} (
        batched_background_migration_id, created_at, updated_at, archives, who
      )
      VALUES (${id}, clock_timestamp(), clock_timestamp(), '[]', ${textLiteral(who)})
      ON CONFLICT (batched_background_migration_id) DO NOTHING`,
      `WITH free AS (
        SELECT s.id, COALESCE(s.part, ${next}) AS part
        FROM ${summaries} AS s
        WHERE s.batched_background_migration_id = ${id}
          AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= clock_timestamp())
        FOR NO KEY UPDATE OF s SKIP LOCKED
      ),
      mine AS (
        UPDATE ${summaries} AS s
        SET part = free.part,
          who = ${textLiteral(who)},
          lease_token = s.lease_token + 1,
          lease_expires_at = ${LEASE_END},
          completed_at = NULL,
          updated_at = clock_timestamp()
        FROM free
        WHERE s.id = free.id AND free.part IS NOT NULL
        RETURNING s.*
      )
      SELECT mine.lease_token, mine.part, mine.archives, m.job_class_name, m.generation
      FROM mine
      JOIN ${migrations} AS m ON m.id = mine.batched_background_migration_id`,
    ]);
    const [row] = rows;
    passed.push(id);
    if (row === undefined) continue;
    const chunk = JSON.parse(row["part"]!) as Chunk;
    const archives = JSON.parse(row["archives"]!) as readonly StoredArchive[];
    return {
      migration: id,
      name: row["job_class_name"]!,
      generation: Number(row["generation"]),
      token: row["lease_token"]!,
      chunk,
      archive: archives.find((one) => one.part === chunk.number),
    };
  }
}

/**
 * Compacts a chunk.
 *
 * @param to The destination of the archive; undefined: the log is not archived.
 * @returns Undefined when another janitor has taken over meanwhile.
 * @throws {Failure} `background/archive*`: nothing was deleted, and the next janitor continues with
 * the chunk; `connection/lost`, and the signal's reason.
 */
export async function compact(
  context: JanitorContext,
  claimedChunk: ClaimedChunk,
  to: Destination | undefined,
): Promise<CompactionResult | undefined> {
  const run = new Compaction(context, claimedChunk);
  try {
    const archive = claimedChunk.archive ?? await run.keep(to);
    await run.delete();
    await run.complete(archive);
    return { migration: claimedChunk.migration, name: claimedChunk.name, archive };
  } catch (error) {
    if (error instanceof LeaseLost) return undefined;
    await run.release();
    throw error;
  }
}

class Compaction {
  readonly #context: JanitorContext;
  readonly #claimed: ClaimedChunk;
  readonly #tables: ReturnType<typeof tablesOf>;
  #renewed: number;

  constructor(context: JanitorContext, claimedChunk: ClaimedChunk) {
    this.#context = context;
    this.#claimed = claimedChunk;
    this.#tables = tablesOf(context.name);
    this.#renewed = context.clock.elapsed();
  }

  /** Writes the archive. */
  async keep(to: Destination | undefined): Promise<StoredArchive> {
    const { chunk } = this.#claimed;
    const known = {
      part: chunk.number,
      jobs: chunk.jobs,
      at: new Date(this.#context.clock.now()).toISOString(),
    };
    const archive = to === undefined
      ? { ...known, failures: await this.#countFailures() }
      : { ...known, ...await this.#write(to) };
    await this.#change(
      `archives = s.archives || ${jsonLiteral([archive])}, lease_expires_at = ${LEASE_END}`,
    );
    return archive;
  }

  async #countFailures(): Promise<number> {
    const { jobs, logs } = this.#tables;
    const { migration, chunk } = this.#claimed;
    const inChunk = statusesOf(chunk).map((status) =>
      batchesOf(chunk, { migration, status, after: "0" })
    );
    const [row] = await catalogRead(
      this.#context.session,
      `SELECT count(*) AS failures
      FROM ${jobs} AS j
      JOIN ${logs} AS l ON l.batched_background_migration_job_id = j.id
      WHERE l.next_status = ${JOB_STATUS.failed} AND (${inChunk.join(" OR ")})`,
    );
    return Number(row!["failures"]);
  }

  async #write(to: Destination): Promise<Omit<StoredArchive, "part" | "jobs" | "at">> {
    const { session, name: { database } } = this.#context;
    const { migration: id, name: job, generation, chunk, token } = this.#claimed;
    const name = archiveName({ database, name: job, generation, id, part: chunk.number });
    const [row] = await catalogRead(
      session,
      `SELECT ${MIGRATION_JSON} AS json FROM ${this.#tables.migrations} AS m WHERE m.id = ${id}`,
    );
    const writer = await to.begin(name, token);
    try {
      const migration = row!["json"]!;
      await writer.write(headerLine({ database, part: chunk.number, jobs: chunk.jobs, migration }));
      const counts = await this.#writeJobs((text) => writer.write(text));
      const { jobs, transitions, failures } = counts;
      await writer.write(endLine({ jobs, transitions }));
      const written = await this.#attend(writer.commit());
      return { ...written, name, transitions, failures, lines: jobs + 2 };
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async #writeJobs(write: (text: string) => Promise<void>) {
    const { jobs: table, logs } = this.#tables;
    const { migration, chunk } = this.#claimed;
    let jobs = 0;
    let transitions = 0;
    let failures = 0;
    for (const status of statusesOf(chunk)) {
      for (let after = "0";;) {
        const rows = await catalogRead(
          this.#context.session,
          `SELECT j.id, ${jobJson(logs)} AS json, l.*
          FROM ${table} AS j
          CROSS JOIN LATERAL (
            SELECT count(*) AS transitions,
              count(*) FILTER (WHERE l.next_status = ${JOB_STATUS.failed}) AS failures
            FROM ${logs} AS l
            WHERE l.batched_background_migration_job_id = j.id
          ) AS l
          WHERE ${batchesOf(chunk, { migration, status, after })}
          ORDER BY j.id
          LIMIT ${PAGE}`,
        );
        const last = rows.at(-1);
        if (last === undefined) break;
        after = last["id"]!;
        jobs += rows.length;
        for (const row of rows) {
          transitions += Number(row["transitions"]);
          failures += Number(row["failures"]);
        }
        await this.#attend(write(rows.map((row) => jobLine(row["json"]!)).join("")));
        if (rows.length < PAGE) break;
      }
    }
    return { jobs, transitions, failures };
  }

  /** Deletes the archived batches and counts them in the same transactions. */
  async delete(): Promise<void> {
    for (const status of statusesOf(this.#claimed.chunk)) {
      for (let after = "0";;) {
        this.#context.signal.throwIfAborted();
        const { rows } = await inTransaction(this.#context.session, [
          deletion(this.#context.name, this.#claimed, {
            status,
            after,
            limit: PAGE,
            lease: LEASE_END,
          }),
        ]);
        const [row] = rows;
        if (row === undefined) throw new LeaseLost();
        this.#renewed = this.#context.clock.elapsed();
        if (row["last"] == null) break;
        after = row["last"];
      }
    }
  }

  /**
   * Completes the chunk, and the migration's compaction if it is finished and has no batch left.
   */
  async complete(archive: StoredArchive): Promise<void> {
    const { name, who, report } = this.#context;
    const { migrations, jobs, quarantine } = this.#tables;
    const { migration: id, name: job } = this.#claimed;
    await this.#change(
      `part = NULL,
          lease_expires_at = NULL,
          completed_at = CASE
            WHEN NOT EXISTS (SELECT FROM ${jobs} WHERE batched_background_migration_id = ${id})
              AND EXISTS (
                SELECT FROM ${migrations} WHERE id = ${id} AND status IN (${OVER.join(", ")})
              )
            THEN clock_timestamp()
          END,
          quarantined = (
            SELECT count(*) FROM ${quarantine} WHERE batched_background_migration_id = ${id}
          )`,
      logEvent(name, { migration: id, of: "FROM mine", event: "archive", who, details: archive }),
    );
    report({ type: "archived", database: name.database, id, name: job, ...archive });
  }

  /** Releases the lease, so that another janitor can continue at once. */
  async release(): Promise<void> {
    if (this.#context.session.isLost) return;
    await this.#change("lease_expires_at = NULL").catch(() => {});
  }

  /** Waits for work without a time limit, and renews the lease meanwhile. */
  async #attend<T>(work: Promise<T>): Promise<T> {
    const { clock, signal } = this.#context;
    let isOver = false;
    const settled = work.then(() => {}, () => {}).finally(() => isOver = true);
    for (;;) {
      if (clock.elapsed() - this.#renewed > RENEW_AFTER) {
        await this.#change(`lease_expires_at = ${LEASE_END}`);
        this.#renewed = clock.elapsed();
      }
      if (isOver) return await work;
      signal.throwIfAborted();
      const awake = new AbortController();
      await Promise.race([
        settled,
        clock.sleep(RENEW_AFTER, AbortSignal.any([signal, awake.signal])).catch(() => {}),
      ]);
      awake.abort();
    }
  }

  /**
   * Updates the summary if this janitor still holds the lease.
   *
   * @param also An INSERT that selects from `mine`.
   * @throws {LeaseLost}
   */
  async #change(assignments: string, also?: string): Promise<void> {
    const { migration, token } = this.#claimed;
    const { rows } = await inTransaction(this.#context.session, [
      `WITH mine AS (
        UPDATE ${this.#tables.summaries} AS s
        SET ${assignments}, updated_at = clock_timestamp()
        WHERE s.batched_background_migration_id = ${migration} AND s.lease_token = ${token}
        RETURNING s.id
      )${also === undefined ? "" : `, logged AS (${also})`}
      SELECT id FROM mine`,
    ]);
    if (rows.length === 0) throw new LeaseLost();
  }
}
