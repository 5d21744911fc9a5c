// Pure.
/**
 * Which batched migration somebody means who typed a name or an id.
 *
 * @module
 */

import { canonicalArguments, type JobArguments } from "../definition/batched_reference.ts";
import { Failure } from "../failure.ts";
import { suggest } from "../suggest.ts";
import type { Standing } from "./standing.ts";

/** A batched migration, and the database of the product that it belongs to. */
export interface Candidate {
  readonly database: string;
  readonly standing: Standing;
}

/** What was typed. */
export interface Typed {
  /** A name, or an id. */
  readonly word: string;
  /** `--arguments`. */
  readonly arguments?: JobArguments | undefined;
  /** The command, for hints: `background pause`. */
  readonly command: string;
}

/**
 * The one that is meant. Of a name it is the newest generation; those before it, and what was deleted,
 * are meant only by their ids, or when there is nothing else of that name.
 *
 * @param declared Names that files declare, whether or not they were queued.
 * @throws {Failure} `background/unknown`, `usage/ambiguous`.
 */
export function meantBy(
  typed: Typed,
  { candidates, declared }: {
    readonly candidates: readonly Candidate[];
    readonly declared: readonly string[];
  },
): Candidate {
  const { word } = typed;
  const byId = /^\d+$/.test(word) ? candidates.filter(({ standing }) => standing.id === word) : [];
  const byName = candidates.filter(({ standing }) =>
    standing.name === word &&
    (typed.arguments === undefined ||
      canonicalArguments(standing.arguments) === canonicalArguments(typed.arguments))
  );
  const found = byId.length > 0 ? byId : newestOfEach(byName);
  const [only, ...others] = found;
  if (only === undefined) throw unknown(typed, { candidates, declared });
  if (others.length > 0) throw ambiguous(typed, found);
  return only;
}

function newestOfEach(candidates: readonly Candidate[]): readonly Candidate[] {
  const alive = candidates.filter(({ standing }) => standing.status !== "deleted");
  const newest = new Map<string, Candidate>();
  for (const one of alive.length > 0 ? alive : candidates) {
    const key = `${one.database} ${canonicalArguments(one.standing.arguments)}`;
    const before = newest.get(key);
    if (before === undefined || before.standing.generation < one.standing.generation) {
      newest.set(key, one);
    }
  }
  return [...newest.values()];
}

function unknown(
  { word, arguments: given, command }: Typed,
  { candidates, declared }: {
    readonly candidates: readonly Candidate[];
    readonly declared: readonly string[];
  },
): Failure {
  const same = candidates.filter(({ standing }) => standing.name === word);
  if (same.length > 0) {
    const known = same.map(({ standing }) => canonicalArguments(standing.arguments));
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
  const names = [...new Set(candidates.map(({ standing }) => standing.name))];
  const meant = suggest(word, names);
  const what = /^\d+$/.test(word) ? `with the id ${word}` : word;
  return new Failure("background/unknown", `No batched migration ${what} was ever queued.`, {
    hint: meant === undefined
      ? "See those that were: migrator background list --all"
      : `migrator ${command} ${meant}`,
    facts: { name: word },
  });
}

function ambiguous({ word, command }: Typed, found: readonly Candidate[]): Failure {
  const widest = Math.max(...found.map(({ database }) => database.length));
  const lines = found.map(({ database, standing: { id, status, arguments: given } }) =>
    `  ${id.padStart(4)}  ${database.padEnd(widest)}  ${status.padEnd(10)}  ${
      canonicalArguments(given)
    }`
  );
  const [{ database, standing }] = found as readonly [Candidate];
  return new Failure(
    "usage/ambiguous",
    `Several batched migrations are meant by ${word}:\n${lines.join("\n")}`,
    {
      hint: `Say which by its id: migrator ${command} ${standing.id} --db ${database}`,
      facts: {
        candidates: found.map(({ database, standing: { id, name, arguments: given } }) => ({
          database,
          id,
          name,
          arguments: given,
        })),
      },
    },
  );
}
