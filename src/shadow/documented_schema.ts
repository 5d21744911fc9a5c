/**
 * The schema that migrations make, wherever they are run.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import { describeWithOids } from "../schema/describe_schema.ts";
import type { Schema, SchemaObject } from "../schema/model/schema.ts";
import { type Origin, OriginLog } from "./origin_log.ts";
import { replay } from "./replay.ts";
import type { ScratchDatabase } from "./scratch_database.ts";
import { openShadowSession } from "./shadow_session.ts";

/** What migrations have made. */
export interface DocumentedSchema {
  readonly schema: Schema;
  /** The statement that made an object, by its address; undefined for what no migration made. */
  originOf(address: string): Origin | undefined;
}

/**
 * Runs the migrations in an empty scratch database and describes what they have made. Who owns it is left
 * out, because that is whoever migrates, and so is the server's minor release.
 *
 * @throws {Failure} `shadow/*`.
 */
export async function documentedSchema(
  { connector, label }: ScratchDatabase,
  { definitions, without, signal }: {
    readonly definitions: readonly Definition[];
    readonly without: readonly string[];
    readonly signal: AbortSignal;
  },
): Promise<DocumentedSchema> {
  const session = await openShadowSession(connector, signal);
  try {
    const origins = new OriginLog();
    await origins.mark(session, undefined);
    await replay(session, definitions, { shadow: label, before: "RESET ROLE", signal, origins });
    const { schema, oids } = await describeWithOids(session, { without });
    return {
      schema: {
        ...schema,
        server: Math.floor(schema.server / 10000) * 10000,
        objects: schema.objects.map((object) => withoutOwner(object, session.server.role)),
      },
      originOf(address) {
        const oid = oids.get(address);
        return oid === undefined ? undefined : origins.originOf(oid);
      },
    };
  } finally {
    await session.close();
  }
}

function withoutOwner(object: SchemaObject, role: string): SchemaObject {
  const { owner, ...rest } = object;
  return owner === role ? rest : object;
}
