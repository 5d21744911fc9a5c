/**
 * Runs migrations in a shadow, for the schema that they make. There is no history there, nobody else, and
 * no rows but those that migrations write.
 *
 * @module
 */

import { type Session, SqlError } from "../connection/session/session.ts";
import type { Definition, Direction, Script } from "../definition/migration/definition.ts";
import { throwCollected } from "../failure.ts";
import { shadowFailure } from "./shadow_failure.ts";
import { mendRole } from "./shadow_roles.ts";

/** How to run them. */
export interface ReplayOptions {
  /** The shadow, for people. */
  readonly shadow: string;
  /** SQL that is sent before each migration, such as `SET ROLE app`. */
  readonly before: string;
  readonly signal: AbortSignal;
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
  { definition, direction, script }: ReplayedScript,
  { shadow, before }: Pick<ReplayOptions, "shadow" | "before">,
): Promise<void> {
  throwCollected(definition.defects?.[direction] ?? []);
  const text = await script.read();
  const inTransaction = script.transaction === "single";
  const verb = direction === "up" ? "apply" : "revert";
  const what = `${verb} migration ${definition.version} (${definition.name})`;
  let index = 0;
  for (let mended = 0; index < script.statements.length;) {
    if (inTransaction && index === 0) await session.query(`${before}; BEGIN`);
    else if (index === 0) await session.query(before);
    const { start, end } = script.statements[index]!;
    const statement = text.slice(start, end);
    try {
      await session.query(statement);
      index++;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      if (inTransaction) {
        await session.query("ROLLBACK");
        index = 0;
      }
      if (mended++ < ROLES_AT_MOST && await mendRole(session, error)) continue;
      throw shadowFailure(error.server, {
        what,
        statement,
        shadow,
        place: { file: script.path, line: text.slice(0, start).split("\n").length },
      });
    }
  }
  if (inTransaction && index > 0) await commit(session, { shadow, what, script, text });
  await session.query("RESET ROLE");
  await session.query("DISCARD ALL");
}

/** Deferred constraints are checked here. */
async function commit(
  session: Session,
  { shadow, what, script, text }: {
    readonly shadow: string;
    readonly what: string;
    readonly script: Script;
    readonly text: string;
  },
): Promise<void> {
  try {
    await session.query("COMMIT");
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const line = text.trimEnd().split("\n").length;
    throw shadowFailure(error.server, {
      what,
      statement: "COMMIT",
      shadow,
      place: { file: script.path, line },
    });
  }
}
