/**
 * Finds out whether the work session keeps its backend, and refuses a plan that needs that in vain.
 *
 * @module
 */

import { poolingOf } from "../../connection/session/pooling.ts";
import type { Connector, Session } from "../../connection/session/session.ts";
import { Failure } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";

/**
 * Whether the session is known to keep one backend. Behind a pooler, that is tried only if a step
 * depends on it; otherwise the result is false.
 *
 * @param work Outside any transaction.
 * @throws {Failure} `settings/needs-direct-url` when a step depends on it and the pooler does not keep
 * sessions, or is too busy to try.
 */
export async function keepsBackend(
  work: Session,
  { steps, database, connector, signal }: {
    readonly steps: readonly Step[];
    readonly database: string;
    readonly connector: Connector;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  if (work.server.pooling === "none") return true;
  const dependent = steps.filter((step) => dependence(step) !== undefined);
  const [first] = dependent;
  if (first === undefined) return false;
  const pooling = await poolingOf(work, { connector, signal });
  if (pooling === "session") return true;
  const others = dependent.length - 1;
  const more = others > 0 ? `, and ${others} more of the plan likewise` : "";
  throw new Failure(
    "settings/needs-direct-url",
    `Cannot migrate database "${database}" through ${connector.label}: ${
      pooling === "transaction"
        ? "a pooler there gives each transaction another session"
        : "a pooler is there, too busy to tell whether it keeps sessions"
    }, and migration ${migrationLabel(first.definition)} ${dependence(first)}${more}.`,
    {
      hint:
        `Nothing was run. Give a way around the pooler: --direct-url ${database}=postgres://… ` +
        "(or DIRECT_URL)" +
        (first.script.transaction === "single"
          ? "; or write SET LOCAL, set_config(…, true), pg_advisory_xact_lock."
          : "; or use a pool in session mode."),
      place: { file: first.script.path },
      facts: {
        database,
        pooling,
        versions: dependent.map(({ definition }) => String(definition.version)),
      },
    },
  );
}

/** Why a step depends on keeping its session, as a predicate of a sentence; undefined if it does not. */
function dependence({ script }: Step): string | undefined {
  if (script.transaction === "none") {
    const why = script.statements.find(({ outside }) => outside)?.outside;
    return `cannot run inside a transaction${why ? ` (${why})` : ""}`;
  }
  const lasting = script.statements.find((statement) => statement.lasting)?.lasting;
  return lasting && `sets something for its session (${lasting})`;
}
