/**
 * Compares what an older release relies on with what a newer schema offers, in a shadow.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { describeSchema } from "../schema/describe_schema.ts";
import { replay } from "../shadow/replay.ts";
import type { ScratchDatabase } from "../shadow/scratch_database.ts";
import { openShadowSession } from "../shadow/shadow_session.ts";
import { findIncompatibilities } from "./find_incompatibilities.ts";
import type { Incompatibility } from "./incompatibility.ts";
import { prepareAll, type ReleaseStatement } from "./prepared_statements.ts";

/** Two releases of one database. */
export interface Releases {
  /** The migrations that the older one has, parents before children. */
  readonly older: readonly Definition[];
  /** Those that came since, parents before children. */
  readonly since: readonly Definition[];
  /** Statements of the older release. */
  readonly statements: readonly ReleaseStatement[];
  /** Schemas that are not looked at. */
  readonly without: readonly string[];
  readonly signal: AbortSignal;
}

/** What came out. */
export interface Comparison {
  readonly incompatibilities: readonly Incompatibility[];
  /** Statements that the older schema refuses too: nothing can be said of them. */
  readonly unknown: readonly { readonly place: string; readonly reason: string }[];
}

/**
 * Runs the older migrations, looks, runs the others, and looks again.
 *
 * @throws {Failure | Failures} `shadow/*`, `definition/*`.
 */
export async function compareReleases(
  { connector, label }: ScratchDatabase,
  { older, since, statements, without, signal }: Releases,
): Promise<Comparison> {
  const session = await openShadowSession(connector, signal);
  try {
    const look = async (definitions: readonly Definition[]) => {
      await replay(session, definitions, { shadow: label, before: "RESET ROLE", signal });
      return {
        schema: await describeSchema(session, { without }),
        refusals: await lookAt(session, statements),
      };
    };
    const before = await look(older);
    const after = await look(since);
    const unknown = statements.flatMap(({ place }, index) => {
      const reason = before.refusals[index]?.message;
      return reason === undefined ? [] : [{ place, reason }];
    });
    const refused = statements.flatMap(({ place }, index): readonly Incompatibility[] => {
      const refusal = after.refusals[index];
      if (refusal === undefined || before.refusals[index] !== undefined) return [];
      return [{
        code: "statement-refused",
        severity: "breaks",
        object: place,
        what: `${refusal.message} (SQLSTATE ${refusal.sqlstate})`,
        consequence: "The statement could be prepared before.",
      }];
    });
    const found = findIncompatibilities(before.schema, after.schema);
    return { incompatibilities: [...found, ...refused], unknown };
  } finally {
    await session.close();
  }
}

async function lookAt(session: Session, statements: readonly ReleaseStatement[]) {
  return statements.length === 0 ? [] : await prepareAll(session, statements);
}
