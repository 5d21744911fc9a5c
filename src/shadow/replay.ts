/**
 * Runs migrations in a shadow, for the schema that they make. There is no history there, nobody else, and
 * no rows but those that migrations write.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session/session.ts";
import type { Definition, Direction, Script } from "../definition/migration/definition.ts";
import { type ScriptPart, scriptParts } from "../definition/migration/script_parts.ts";
import { type Failure, throwCollected } from "../failure.ts";
import type { OriginLog } from "./origin_log.ts";
import { shadowFailure } from "./shadow_failure.ts";
import { mendRole } from "./shadow_roles.ts";

/** How to run them. */
export interface ReplayOptions {
  /** The shadow, for people. */
  readonly shadow: string;
  /** SQL that is sent before each migration, such as `SET ROLE app`. */
  readonly before: string;
  readonly signal: AbortSignal;
  /** Told of each statement that was run. */
  readonly origins?: OriginLog;
  /** Told of each that was run. */
  readonly report?: (done: number, total: number) => void;
}

/**
 * Runs the ways up, in the order in which they are given, each as its script says: in a transaction, or
 * statement by statement. Batched migrations are not run: a shadow has no rows for them.
 *
 * @throws {Failure | Failures} What `replayScript` throws.
 */
export async function replay(
  session: Session,
  definitions: readonly Definition[],
  options: ReplayOptions,
): Promise<void> {
  for (const [index, definition] of definitions.entries()) {
    options.signal.throwIfAborted();
    await replayScript(session, { definition, direction: "up", script: definition.up }, options);
    options.report?.(index + 1, definitions.length);
  }
}

/** A migration that names more missing roles than this is refused. */
const ROLES_AT_MOST = 20;

/** One direction of a migration. */
export interface ReplayedScript {
  readonly definition: Definition;
  readonly direction: Direction;
  readonly script: Script;
}

/**
 * Runs one direction of a migration. What a transaction did is gone when it throws; of a script that runs
 * outside one, the statements before the refused one stay.
 *
 * @throws {Failure} `shadow/missing-extension`, `shadow/refused`, with the file and line.
 * @throws {Failure | Failures} `definition/*`: the script has defects.
 */
export async function replayScript(
  session: Session,
  replayed: ReplayedScript,
  { shadow, before, origins }: Pick<ReplayOptions, "shadow" | "before" | "origins">,
): Promise<void> {
  const { definition, direction, script } = replayed;
  throwCollected(definition.defects?.[direction] ?? []);
  const text = await script.read();
  const verb = direction === "up" ? "apply" : "revert";
  const what = `${verb} migration ${definition.version} (${definition.name})`;
  const running = { session, shadow, what, replayed, text, origins };
  await session.query(before);
  let rolesLeft = ROLES_AT_MOST;
  for (const part of scriptParts(script)) {
    for (let error = await runPart(running, part); error; error = await runPart(running, part)) {
      if (rolesLeft-- === 0 || !await mendRole(session, error.cause)) throw error.failure;
    }
  }
  await session.query("RESET ROLE");
  await session.query("DISCARD ALL");
}

interface Running {
  readonly session: Session;
  readonly shadow: string;
  /** What is done, for messages. */
  readonly what: string;
  readonly replayed: ReplayedScript;
  readonly text: string;
  readonly origins: OriginLog | undefined;
}

/**
 * Runs one part of a script.
 *
 * @returns What was refused, after a rollback; undefined when it ran.
 */
async function runPart(
  { session, shadow, what, replayed, text, origins }: Running,
  { first, end, transaction }: ScriptPart,
): Promise<{ readonly cause: SqlError; readonly failure: Failure } | undefined> {
  const { definition, direction, script } = replayed;
  const statements = script.statements.slice(first, end).map((statement) => ({
    sql: text.slice(statement.start, statement.end),
    offset: statement.start,
  }));
  const messages = transaction === undefined ? statements : [
    { sql: `BEGIN ${transaction.modes ?? ""}`, offset: statements[0]!.offset },
    ...statements,
    // Deferred constraints are checked here.
    {
      sql: transaction.isRolledBack ? "ROLLBACK" : "COMMIT",
      offset: script.statements[end - 1]!.end,
    },
  ];
  const placeOf = (offset: number) => ({
    file: script.path,
    line: text.slice(0, offset).split("\n").length,
  });
  for (const { sql, offset } of messages) {
    try {
      await session.query(sql);
      await origins?.mark(session, { definition, direction, place: placeOf(offset) });
    } catch (cause) {
      if (!(cause instanceof SqlError)) throw cause;
      if (transaction !== undefined) await session.query("ROLLBACK");
      const place = placeOf(offset);
      const failure = shadowFailure(cause.server, { what, statement: sql, shadow, place });
      return { cause, failure };
    }
  }
  return undefined;
}
