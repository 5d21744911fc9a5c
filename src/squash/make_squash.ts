/**
 * Makes a squash of migrations, and proves in a second shadow that it makes what they make.
 *
 * @module
 */

import type { ShadowOptions } from "../shadow/shadow_options.ts";
import type { Session } from "../connection/session/session.ts";
import type { Definition, Script } from "../definition/migration/definition.ts";
import { compileScript } from "../definition/migration/script.ts";
import { squashChecksum, squashHeader } from "../definition/migration/squash.ts";
import { Failure, throwCollected } from "../failure.ts";
import { compareSchemas } from "../schema/compare_schemas.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import type { Schema, SchemaObject } from "../schema/model/schema.ts";
import { replay, replayScript } from "../shadow/replay.ts";
import { openShadowSession } from "../shadow/shadow_session.ts";
import { compareRows } from "../verify/compare_rows.ts";
import { readRows, type Rows } from "../verify/table_rows.ts";
import { readSeedRows, type SeedRows } from "./seed_rows.ts";
import { squashText } from "./squash_text.ts";

/** What is squashed. */
export interface SquashQuestion extends ShadowOptions {
  readonly database: string;
  /** A migration and all its ancestors, parents first; the last one is that to which it is squashed. */
  readonly definitions: readonly Definition[];
  /** Told how many migrations were replayed. */
  readonly report?: (done: number, total: number) => void;
}

/** A squash that was proved. */
export interface MadeSquash {
  readonly text: string;
  readonly statements: number;
  readonly objects: number;
  readonly tables: number;
}

/** What a shadow holds. */
interface Content {
  readonly schema: Schema;
  readonly rows: Rows;
  readonly seeds: SeedRows;
}

/**
 * Runs the migrations in a shadow, writes what they have made as one script, runs that in another, and
 * compares: every object, every row but times, every sequence.
 *
 * @throws {Failure} `squash/batched`, `squash/not-equal`; `shadow/*`.
 * @throws {Failure | Failures} `definition/*`: a migration, or what was written, has defects.
 */
export async function makeSquash(question: SquashQuestion): Promise<MadeSquash> {
  const { database, definitions, signal, report } = question;
  refuseBatched(database, definitions);
  const target = definitions.at(-1)!;
  const expected = await inShadow(question, async (session, shadow) => {
    await replay(session, definitions, {
      ...{ shadow, before: "RESET ROLE", signal },
      ...(report ? { report } : {}),
    });
    return await contentOf(session, question);
  });
  const text = `${
    squashHeader({
      version: target.version,
      count: definitions.length,
      checksum: squashChecksum(definitions),
    })
  }\n${squashText(expected.schema, expected.seeds)}`;
  const script = await compiled(text, `${database}/squash/${target.version}.sql`);
  const actual = await inShadow(question, async (session, shadow) => {
    await replayScript(session, { definition: target, direction: "up", script }, {
      shadow,
      before: "RESET ROLE",
    });
    return await contentOf(session, question);
  });
  const differences = differencesOf(expected, actual);
  if (differences.length > 0) throw notEqual(target, { database, differences });
  return {
    text,
    statements: script.statements.length,
    objects: expected.schema.objects.length,
    tables: expected.rows.size,
  };
}

async function inShadow(
  { shadow, signal }: SquashQuestion,
  work: (session: Session, label: string) => Promise<Content>,
): Promise<Content> {
  const scratch = await shadow();
  try {
    const session = await openShadowSession(scratch.connector, signal);
    try {
      return await work(session, scratch.label);
    } finally {
      await session.close();
    }
  } finally {
    await scratch.dispose();
  }
}

/** What belongs to the role that migrates belongs to whoever it is elsewhere. */
async function contentOf(session: Session, { without }: SquashQuestion): Promise<Content> {
  const schema = await describeSchema(session, { without });
  const withoutOwner = ({ owner, ...object }: SchemaObject): SchemaObject =>
    owner === session.server.role || owner === undefined ? object : { ...object, owner };
  return {
    schema: { ...schema, objects: schema.objects.map(withoutOwner) },
    rows: (await readRows(session, without)).rows,
    seeds: await readSeedRows(session, without),
  };
}

async function compiled(text: string, path: string): Promise<Script> {
  const defects: Failure[] = [];
  const { script } = await compileScript(new TextEncoder().encode(text), {
    path,
    transactionNone: false,
    report: (defect) => defects.push(defect),
  });
  throwCollected(defects);
  return script;
}

/** For people. */
function differencesOf(expected: Content, actual: Content): readonly string[] {
  const sequences = new Set(
    [...expected.seeds.sequences, ...actual.seeds.sequences].map(([name]) => name),
  );
  return [
    ...compareSchemas(expected.schema, actual.schema).map((difference) =>
      `${difference.change} ${difference.address}` +
      (difference.change === "different"
        ? ` (${difference.fields.map(({ field }) => field).join(", ")})`
        : "")
    ),
    ...compareRows(expected.rows, actual.rows).map(({ table }) => `rows of ${table}`),
    ...[...sequences].filter((name) =>
      expected.seeds.sequences.get(name) !== actual.seeds.sequences.get(name)
    ).map((name) => `value of ${name}`),
  ];
}

/** A new database would lack what a later migration waits for. */
function refuseBatched(database: string, definitions: readonly Definition[]): void {
  const ended = new Set(
    definitions.flatMap(({ metadata }) => metadata.deletes ?? []).map(({ name }) => name),
  );
  const queued = definitions.flatMap(({ version, metadata }) =>
    (metadata.queues ?? []).map(({ name }) => ({ version, name }))
  ).filter(({ name }) => !ended.has(name));
  const [first] = queued;
  if (first === undefined) return;
  throw new Failure(
    "squash/batched",
    `Migration ${first.version} of ${database} queues the batched migration ${first.name}, which is ` +
      "not ended before the squash does: a new database would never have it.",
    {
      hint:
        `Squash to a migration before ${first.version}, or to one after ${first.name} is deleted.`,
      facts: { batched: queued.map(({ name }) => name) },
    },
  );
}

function notEqual(
  { version }: Definition,
  { database, differences }: { readonly database: string; readonly differences: readonly string[] },
): Failure {
  const shown = differences.slice(0, 10).join("; ");
  const more = differences.length > 10 ? `; and ${differences.length - 10} more` : "";
  return new Failure(
    "squash/not-equal",
    `The squash of ${database} to ${version} does not make what its migrations make: ${shown}${more}.`,
    {
      hint:
        "Nothing was written. This is a defect of migrator: please report it, with these migrations.",
      facts: { differences },
    },
  );
}
