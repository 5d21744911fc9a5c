// Pure.
/**
 * The messages about a foreign database: one without our history that is not empty.
 *
 * @module
 */

import { Failure } from "../failure.ts";
import { type ForeignDatabase, type FoundHistory, nameOf } from "./foreign_database.ts";
import type { ForeignHistory } from "./foreign_tool.ts";

/** The finding and the next commands, each a sentence. */
export interface ForeignWords {
  readonly found: string;
  readonly next: string;
}

/** The most tables that are named. */
const NAMED = 5;

/** The text for the refusal, for `status` and for `doctor`. */
export function foreignWords(
  { histories, tables }: ForeignDatabase,
  database: string,
): ForeignWords {
  const there = list(
    tables.map(({ table, touch }) =>
      `${nameOf(table)}${touch === "drop" ? " (which would be dropped)" : ""}`
    ),
  );
  // Not the command that does it: obeyed, that may drop tables with all their rows.
  const anyway = "To see what running every migration from the first one would do: " +
    `migrator plan --from-scratch --db ${database}`;
  const [first] = histories;
  if (first === undefined) {
    return {
      found: `migrator has no history of database "${database}", but tables are there that the ` +
        `pending migrations would create or drop: ${there}`,
      next: "If earlier versions of these migrations made them, record the newest one that is " +
        `applied: migrator adopt --baseline VERSION --dry-run --db ${database}. If the history was lost, ` +
        `restore it. ${anyway}`,
    };
  }
  const { tool, table } = first;
  return {
    found: `migrator has no history of database "${database}", but ` +
      histories.map((found) => historyWords(found)).join(", and ") +
      (tables.length === 0 ? "" : `; the pending migrations would create or drop ${there}`),
    next:
      (tool.isAdoptable
        ? `Take its history over: migrator adopt --from ${tool.name} --db ${database} --dry-run` +
          (histories.length > 1 ? ` --table ${nameOf(table)}` : "")
        : "Record the newest migration that is applied: " +
          `migrator adopt --baseline VERSION --dry-run --db ${database}`) + `. ${anyway}`,
  };
}

function historyWords({ tool, table, history }: FoundHistory): string {
  return `${tool.title} migrated it: ${nameOf(table)} ${
    history === undefined ? "may not be read by this role" : `is at ${summaryOf(history)}`
  }`;
}

/** `version 17`, `version 17 (the database is marked dirty)`, `20240102 (12 migrations)`. */
export function summaryOf({ records, entries, baseline }: ForeignHistory): string {
  const newest = entries.at(-1);
  if (newest === undefined) return `baseline ${baseline}`;
  const bad = entries.find(({ state }) => state !== "applied");
  const remarks = [
    ...(records === "each"
      ? [`${entries.length} migration${entries.length === 1 ? "" : "s"}`]
      : []),
    ...(bad === undefined ? [] : [`${bad.key} is ${bad.state}: ${bad.remark ?? bad.state}`]),
  ];
  return `version ${newest.key}${remarks.length === 0 ? "" : ` (${remarks.join("; ")})`}`;
}

function list(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** The same as facts for programs. */
export function foreignFacts({ histories, tables }: ForeignDatabase) {
  return {
    histories: histories.map(({ tool, table, history }) => ({
      tool: tool.name,
      table: nameOf(table),
      version: history?.entries.at(-1)?.key ?? history?.baseline ?? null,
    })),
    tables: tables.map(({ table, touch }) => ({ table: nameOf(table), would: touch })),
  };
}

/** `history/foreign`: a person must first say what the database is. */
export function foreignRefusal(foreign: ForeignDatabase, database: string): Failure {
  const { found, next } = foreignWords(foreign, database);
  return new Failure("history/foreign", `Nothing was run: ${found}.`, {
    hint: next,
    facts: { database, ...foreignFacts(foreign) },
  });
}
