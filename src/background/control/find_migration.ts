// Pure.
/**
 * Finds the batched migration that a user gave by name or id.
 *
 * @module
 */

import { canonicalArguments } from "../../definition/batched/batched_reference.ts";
import type { JobArguments } from "../../definition/batched/job_arguments.ts";
import { Failure } from "../../failure.ts";
import { suggest } from "../../suggest.ts";
import type { ProgressSnapshot } from "../status/progress_snapshot.ts";

/** A batched migration and its database of the product. */
export interface MigrationCandidate {
  readonly database: string;
  readonly snapshot: ProgressSnapshot;
}

/** The user's input. */
export interface MigrationQuery {
  /** A name, or an id. */
  readonly word: string;
  /** `--arguments`. */
  readonly arguments?: JobArguments | undefined;
  /** The command, for hints: `background pause`. */
  readonly command: string;
}

/**
 * Finds the migration. A name selects its newest generation that is not deleted, or a deleted one
 * if there is no other. Older generations are found only by id.
 *
 * @param declared Names that files declare, queued or not.
 * @throws {Failure} `background/unknown`, `usage/ambiguous`.
 */
export function findMigration(
  query: MigrationQuery,
  { candidates, declared }: {
    readonly candidates: readonly MigrationCandidate[];
    readonly declared: readonly string[];
  },
): MigrationCandidate {
  const { word } = query;
  const byId = /^\d+$/.test(word) ? candidates.filter(({ snapshot }) => snapshot.id === word) : [];
  const byName = candidates.filter(({ snapshot }) =>
    snapshot.name === word &&
    (query.arguments === undefined ||
      canonicalArguments(snapshot.arguments) === canonicalArguments(query.arguments))
  );
  const found = byId.length > 0 ? byId : newestOfEach(byName);
  const [only, ...others] = found;
  if (only === undefined) throw unknown(query, { candidates, declared });
  if (others.length > 0) throw ambiguous(query, found);
  return only;
}

function newestOfEach(candidates: readonly MigrationCandidate[]): readonly MigrationCandidate[] {
  const alive = candidates.filter(({ snapshot }) => snapshot.status !== "deleted");
  const newest = new Map<string, MigrationCandidate>();
  for (const one of alive.length > 0 ? alive : candidates) {
    const key = `${one.database} ${canonicalArguments(one.snapshot.arguments)}`;
    const before = newest.get(key);
    if (before === undefined || before.snapshot.generation < one.snapshot.generation) {
      newest.set(key, one);
    }
  }
  return [...newest.values()];
}

function unknown(
  { word, arguments: given, command }: MigrationQuery,
  { candidates, declared }: {
    readonly candidates: readonly MigrationCandidate[];
    readonly declared: readonly string[];
  },
): Failure {
  const same = candidates.filter(({ snapshot }) => snapshot.name === word);
  if (same.length > 0) {
    const known = same.map(({ snapshot }) => canonicalArguments(snapshot.arguments));
    return new Failure(
      "background/unknown",
      `Batched migration ${word} was never queued with the arguments ${
        canonicalArguments(given ?? {})
      }.`,
      { hint: `It was with: ${[...new Set(known)].join(", ")}`, facts: { name: word } },
    );
  }
  if (declared.includes(word)) {
    return new Failure(
      "background/unknown",
      `Batched migration ${word} is declared, but was never queued.`,
      {
        hint:
          `A schema migration queues it (queues:), or by hand: migrator background queue ${word}`,
        facts: { name: word },
      },
    );
  }
  const names = [...new Set(candidates.map(({ snapshot }) => snapshot.name))];
  const meant = suggest(word, names);
  const what = /^\d+$/.test(word) ? `with the id ${word}` : word;
  return new Failure("background/unknown", `No batched migration ${what} was ever queued.`, {
    hint: meant === undefined
      ? "See those that were: migrator background list --all"
      : `migrator ${command} ${meant}`,
    facts: { name: word },
  });
}

function ambiguous(
  { word, command }: MigrationQuery,
  found: readonly MigrationCandidate[],
): Failure {
  const widest = Math.max(...found.map(({ database }) => database.length));
  const lines = found.map(({ database, snapshot: { id, status, arguments: given } }) =>
    `  ${id.padStart(4)}  ${database.padEnd(widest)}  ${status.padEnd(10)}  ${
      canonicalArguments(given)
    }`
  );
  const [{ database, snapshot }] = found as readonly [MigrationCandidate];
  return new Failure(
    "usage/ambiguous",
    `Several batched migrations are meant by ${word}:\n${lines.join("\n")}`,
    {
      hint: `Say which by its id: migrator ${command} ${snapshot.id} --db ${database}`,
      facts: {
        candidates: found.map(({ database, snapshot: { id, name, arguments: given } }) => ({
          database,
          id,
          name,
          arguments: given,
        })),
      },
    },
  );
}
