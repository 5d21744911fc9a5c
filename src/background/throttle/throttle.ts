/**
 * Asks before each sub-batch whether the server is well enough for more work.
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
import { decideThrottle, UNTHROTTLED, verdictOf } from "./decide_verdict.ts";
import type { Judgement } from "./indicator.ts";
import { INDICATORS } from "./indicators.ts";
import type { IndicatorReading, ThrottleVerdict } from "./signal.ts";

/** Shared by all workers of a process that work on one migration. */
export interface Throttle {
  /**
   * What to do before the next sub-batch. Asks the server only when the last look is a second old, or
   * when somebody had to wait for the last sub-batch.
   *
   * @param session Any, outside a transaction.
   * @param waited Milliseconds for which somebody had waited at the end of this worker's last one.
   * @throws {Failure} `connection/lost`, of this session.
   */
  check(session: Session, waited?: number): Promise<ThrottleVerdict>;
}

/** Bytes, and WAL files, where a declaration says nothing; 42 is GitLab's. */
const DEFAULTS = { maxReplicaLag: 256 * 2 ** 20, maxArchiveBacklog: 42 };

/** Milliseconds that a look is good for. */
const FRESH = 1_000;

/** Milliseconds that one question may take. */
const PATIENCE = 2_000;

/** What holds this migration back, and nothing that it ignores. */
export function createThrottle({ declaration, clock }: {
  readonly declaration: Pick<BatchedMigration, "table" | "arguments" | "throttle">;
  readonly clock: Clock;
}): Throttle {
  const { maxHold } = declaration.throttle;
  let state = UNTHROTTLED;
  let last: { readonly at: number; readonly readings: readonly IndicatorReading[] } | undefined;
  let looking: Promise<ThrottleVerdict> | undefined;

  const look = async (session: Session, waited: number): Promise<ThrottleVerdict> => {
    const questions = questionsOf(declaration, session);
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
      // Another worker's look is ours too, but the loss of its connection is not.
      const theirs = await looking?.catch(() => undefined);
      if (theirs && waited === 0) return theirs;
      const now = clock.elapsed();
      if (last && now - last.at < FRESH && waited === 0) {
        return verdictOf(state, { readings: last.readings, now, maxHold });
      }
      const mine = look(session, waited).finally(() => {
        if (looking === mine) looking = undefined;
      });
      looking = mine;
      return await mine;
    },
  };
}

/** Who had to wait is over with it by now, so it is not seen again. */
function withWait(reply: IndicatorReply, waited: number): IndicatorReply {
  if (!("rows" in reply) || waited === 0) return reply;
  return { rows: [...reply.rows, { pid: null, by: null, waited: String(waited) }] };
}

interface Question {
  readonly indicator: string;
  readonly sql: string;
  judge(reply: IndicatorReply, was: IndicatorReading["signal"]): Judgement;
}

function questionsOf(
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
  // Embedded PostgreSQL has one session: there is nobody to be considerate of.
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

/** For the transaction that the statements of one message are. */
const BOUNDED =
  `SET LOCAL statement_timeout = ${PATIENCE}; SET LOCAL lock_timeout = ${PATIENCE}; ` +
  "SET LOCAL transaction_read_only = on";

function refused(
  what: string,
  { error }: Extract<IndicatorReply, { readonly error: unknown }>,
): Judgement {
  return { signal: "unknown", reason: `${what} cannot be read: ${error.message}` };
}

/** A name without a schema is one of `public`. Names that are gone are no tables. */
function watchedTables(names: readonly string[]): string {
  const list = names.map(quoteLiteral).join(", ");
  return `SELECT coalesce(p.relid, t.oid) AS oid FROM unnest(ARRAY[${list}]) AS n (name)
    CROSS JOIN LATERAL (SELECT to_regclass(
      CASE array_length(parse_ident(n.name), 1) WHEN 1 THEN 'public.' || n.name ELSE n.name END
    ) AS oid) AS t LEFT JOIN LATERAL pg_partition_tree(t.oid) AS p ON true
    WHERE t.oid IS NOT NULL`;
}
