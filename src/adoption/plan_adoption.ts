// Pure.
/**
 * Plans what `adopt` records.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { Graph } from "../graph/graph.ts";
import type { History } from "../history/history.ts";
import { findTarget, migrationLabel, type Plan, stepOf } from "../plan/plan.ts";
import { nameOf } from "./foreign_database.ts";
import type { ForeignEntry } from "./foreign_tool.ts";
import type { LocatedHistory } from "./locate_history.ts";
import { type HistoryMatch, matchHistory } from "./match_history.ts";

/** How to record a migration that the other tool calls failed or unfinished. */
export type FailedAs = "applied" | "pending";

/** What is stored with the row of an adopted migration. */
export interface AdoptedNote {
  readonly note: string;
  /** The time in the other tool's table; undefined if it has none. */
  readonly appliedAt: string | undefined;
}

/** The rows to write, and the match to report. */
export interface AdoptionPlan extends Plan {
  readonly notes: ReadonlyMap<bigint, AdoptedNote>;
  /** Undefined for a baseline. */
  readonly match: HistoryMatch | undefined;
}

interface Situation {
  readonly database: string;
  readonly graph: Graph<Definition>;
  readonly history: History;
}

/**
 * Plans to adopt a foreign history. Migrations that already have a row in our history keep it.
 *
 * @param options.failedAs How to record the migrations that failed there.
 * @throws {Failure} `history/foreign-mismatch`: no definition matches;
 * `history/foreign-failed`.
 */
export function planAdoption(
  situation: Situation,
  { located, failedAs }: {
    readonly located: LocatedHistory;
    readonly failedAs: FailedAs | undefined;
  },
): AdoptionPlan {
  const { database, graph } = situation;
  const match = matchHistory(graph.ordered, located.history);
  const { applied, unsettled } = match;
  if (applied.length + unsettled.length === 0) throw mismatch(database, located);
  if (unsettled.length > 0 && failedAs === undefined) throw failed(database, { located, match });
  const note = `adopted from ${located.tool.name}: ${nameOf(located.table)}`;
  const settled = failedAs === "applied" ? unsettled : [];
  const taken = [...applied, ...settled].map(({ definition, entry }) =>
    [definition, { note, appliedAt: timeOf(entry) }] as const
  );
  return { ...planOf(situation, taken), match };
}

/**
 * Plans to record a version and all its ancestors as applied.
 *
 * @throws {Failure} `plan/unknown-target`.
 */
export function planBaseline(
  situation: Situation,
  { version, reason }: { readonly version: bigint; readonly reason: string | undefined },
): AdoptionPlan {
  findTarget(situation, version);
  const wanted = situation.graph.ancestors([version]);
  const note = `baseline ${version}${reason === undefined ? "" : `: ${reason}`}`;
  const taken = situation.graph.ordered.filter((one) => wanted.has(one.version))
    .map((definition) => [definition, { note, appliedAt: undefined }] as const);
  return { ...planOf(situation, taken), match: undefined };
}

function planOf(
  { database, history }: Situation,
  taken: readonly (readonly [Definition, AdoptedNote])[],
): Omit<AdoptionPlan, "match"> {
  const news = taken.filter(([{ version }]) => !isKnown(history, version));
  return {
    database,
    steps: news.map(([definition]) => stepOf(definition, { database, direction: "up" })),
    notes: new Map(news.map(([{ version }, note]) => [version, note])),
  };
}

/** Keeps a time that PostgreSQL can read; a tool may store any text. */
function timeOf(entry: ForeignEntry | undefined): string | undefined {
  const text = entry?.appliedAt ?? "";
  return /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d[\d:.]*(Z|[+-]\d\d(:?\d\d)?)?$/.test(text)
    ? text
    : undefined;
}

/** Rows of attempts that changed nothing do not count. */
function isKnown({ versions }: History, version: bigint): boolean {
  const known = versions.get(version);
  return known !== undefined && known.state !== "failed";
}

function mismatch(database: string, { tool, table, history }: LocatedHistory): Failure {
  const { entries } = history;
  const name = nameOf(table);
  return new Failure(
    "history/foreign-mismatch",
    entries.length === 0
      ? `${name} in database "${database}" has no migration that is applied.`
      : `None of the migrations in ${name} of database "${database}" (${entries.length}, the ` +
        `newest ${entries.at(-1)!.key}) is among the files.`,
    {
      hint: entries.length === 0
        ? `If the database is empty: migrator up --db ${database}`
        : `Check that --migrations and --db name what ${tool.title} has applied there: migrator ` +
          `validate --db ${database}`,
      facts: { database, table: name, entries: entries.length },
    },
  );
}

function failed(
  database: string,
  { located: { tool, table }, match }: {
    readonly located: LocatedHistory;
    readonly match: HistoryMatch;
  },
): Failure {
  const [first] = match.unsettled;
  const list = match.unsettled.map(({ definition, entry }) =>
    `${migrationLabel(definition)} is ${entry.state}${entry.remark ? ` (${entry.remark})` : ""}`
  );
  const again = `migrator adopt --from ${tool.name} --db ${database} --failed-as`;
  return new Failure(
    "history/foreign-failed",
    `Nothing was recorded: ${tool.title} did not finish every migration of database ` +
      `"${database}" (${nameOf(table)}): ${list.join(", ")}.`,
    {
      hint:
        `See what it does: migrator describe ${first!.definition.version} --db ${database}. Then ` +
        `look in the database. If all of it is there: ${again} applied. If nothing of it is, or ` +
        `after you took the rest back by hand: ${again} pending, and up runs it.`,
      facts: {
        database,
        table: nameOf(table),
        versions: match.unsettled.map(({ definition }) => String(definition.version)),
      },
    },
  );
}
