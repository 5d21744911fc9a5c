/**
 * Checks the server's health before each sub-batch.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { renderTemplate } from "../../definition/batched/sql_template.ts";
import { THROTTLE_INDICATORS } from "../../definition/batched/throttle_indicators.ts";
import type { Clock } from "../../runtime/clock.ts";
import { quoteLiteral } from "../../sql/identifier.ts";
import { type IndicatorReply, queryIndicators } from "./query_indicators.ts";
import { CUSTOM, judgeCustom } from "./custom_indicator.ts";
import { decideThrottle, UNTHROTTLED, verdictOf } from "./decide_throttle.ts";
import type { Judgement } from "./indicator.ts";
import { INDICATORS } from "./indicators.ts";
import type { IndicatorReading, ThrottleVerdict } from "./verdict.ts";

/** The throttle of one migration, shared by all workers of a process. */
export interface Throttle {
  /**
   * Returns what to do before the next sub-batch. Queries the server only if the last check is a
   * second old, or if another session waited for the last sub-batch.
   *
   * @param session Any session that is not in a transaction.
   * @param waited Milliseconds for which another session had waited at the end of this worker's
   * last sub-batch.
   * @throws {Failure} `connection/lost`: this session was lost.
   */
  check(session: Session, waited?: number): Promise<ThrottleVerdict>;
}

/** Default limits, in bytes and in WAL files; 42 is GitLab's. */
const DEFAULTS = { maxReplicaLag: 256 * 2 ** 20, maxArchiveBacklog: 42 };

/** Milliseconds for which a check stays valid. */
const FRESH = 1_000;

/** The statement timeout of one query, in milliseconds. */
const QUERY_TIMEOUT = 2_000;

/** Creates the throttle of a migration, without the indicators that it ignores. */
export function createThrottle({ declaration, clock }: {
  readonly declaration: Pick<BatchedMigration, "table" | "arguments" | "throttle">;
  readonly clock: Clock;
}): Throttle {
  const { maxHold } = declaration.throttle;
  let state = UNTHROTTLED;
  let last: { readonly at: number; readonly readings: readonly IndicatorReading[] } | undefined;
  let running: Promise<ThrottleVerdict> | undefined;

  const look = async (session: Session, waited: number): Promise<ThrottleVerdict> => {
    const questions = queriesOf(declaration, session);
    const replys = await queryIndicators(session, questions.map(({ sql }) => sql));
    const readings = questions.map(({ indicator, judge }, index): IndicatorReading => ({
      indicator,
      ...judge(
        indicator === "blocked-by-us" ? withWait(replys[index]!, waited) : replys[index]!,
        state.said[indicator] ?? "full",
      ),
    }));
    const now = clock.elapsed();
    const decided = decideThrottle(state, { readings, now, maxHold });
    state = decided.state;
    last = { at: now, readings: decided.verdict.readings };
    return decided.verdict;
  };

  return {
    async check(session, waited = 0) {
      // This worker uses another worker's check, but not the loss of its connection.
      const shared = await running?.catch(() => undefined);
      if (shared && waited === 0) return shared;
      const now = clock.elapsed();
      if (last && now - last.at < FRESH && waited === 0) {
        return verdictOf(state, { readings: last.readings, now, maxHold });
      }
      const started = look(session, waited).finally(() => {
        if (running === started) running = undefined;
      });
      running = started;
      return await started;
    },
  };
}

/** Adds the wait of the last sub-batch, because it has ended and the query cannot see it. */
function withWait(reply: IndicatorReply, waited: number): IndicatorReply {
  if (!("rows" in reply) || waited === 0) return reply;
  return { rows: [...reply.rows, { pid: null, by: null, waited: String(waited) }] };
}

interface Question {
  readonly indicator: string;
  readonly sql: string;
  judge(reply: IndicatorReply, was: IndicatorReading["signal"]): Judgement;
}

function queriesOf(
  { table, throttle, arguments: filling }: Pick<
    BatchedMigration,
    "table" | "arguments" | "throttle"
  >,
  { server }: Session,
): readonly Question[] {
  const limits = {
    maxReplicaLag: throttle.maxReplicaLag ?? DEFAULTS.maxReplicaLag,
    maxArchiveBacklog: throttle.maxArchiveBacklog ?? DEFAULTS.maxArchiveBacklog,
  };
  const watched = watchedTables(throttle.watch.length > 0 ? throttle.watch : [table]);
  // Embedded PostgreSQL has only one session, so no other can be disturbed.
  const names = server.embedded
    ? []
    : THROTTLE_INDICATORS.filter((name) => !throttle.ignore.includes(name));
  const builtIn = names.map((name): Question => {
    const { query, judge } = INDICATORS[name];
    return {
      indicator: name,
      sql: `SET LOCAL search_path = pg_catalog, pg_temp; ${BOUNDED}; ` +
        query({ watched, server: server.version }),
      judge: (reply, was) =>
        "rows" in reply ? judge(reply.rows, { ...limits, was }) : refused(name, reply),
    };
  });
  if (!throttle.indicator) return builtIn;
  return [...builtIn, {
    indicator: CUSTOM,
    sql: `${BOUNDED}; ${renderTemplate(throttle.indicator, { arguments: filling })}`,
    judge: (reply) =>
      "rows" in reply ? judgeCustom(reply.rows) : refused("the throttle's own query", reply),
  }];
}

/** Settings of the implicit transaction that the statements of one message form. */
const BOUNDED =
  `SET LOCAL statement_timeout = ${QUERY_TIMEOUT}; SET LOCAL lock_timeout = ${QUERY_TIMEOUT}; ` +
  "SET LOCAL transaction_read_only = on";

function refused(
  what: string,
  { error }: Extract<IndicatorReply, { readonly error: unknown }>,
): Judgement {
  return { signal: "unknown", reason: `${what} cannot be read: ${error.message}` };
}

/** A name without a schema is in `public`. Names without a table are ignored. */
function watchedTables(names: readonly string[]): string {
  const list = names.map(quoteLiteral).join(", ");
  return `SELECT coalesce(p.relid, t.oid) AS oid FROM unnest(ARRAY[${list}]) AS n (name)
    CROSS JOIN LATERAL (SELECT to_regclass(
      CASE array_length(parse_ident(n.name), 1) WHEN 1 THEN 'public.' || n.name ELSE n.name END
    ) AS oid) AS t LEFT JOIN LATERAL pg_partition_tree(t.oid) AS p ON true
    WHERE t.oid IS NOT NULL`;
}
