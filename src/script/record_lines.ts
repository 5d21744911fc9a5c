// Pure.
/**
 * What a script records of a step, in the rows that a runner would write.
 *
 * @module
 */

import type { Actor, Attempt } from "../history/attempt.ts";
import { storeDefinitions } from "../history/stored_definition.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import type { ScriptRequest, ScriptStep } from "./script_request.ts";

/** The session of psql stands for the process of a runner; its number on its host is unknown. */
const PSQL: Omit<Actor, "tool_version"> = {
  fence: ":migrator_fence",
  who: "SESSION_USER",
  host: "coalesce(pg_catalog.host(pg_catalog.inet_client_addr()), 'local socket')",
  client_pid: "0",
};

/** The attempt at a step by whoever runs the script. */
export function attemptOf(
  { history, toolVersion, storable }: ScriptRequest,
  { step: { definition, direction, script } }: ScriptStep,
): Attempt {
  return {
    history,
    actor: { ...PSQL, tool_version: quoteLiteral(toolVersion) },
    definition,
    name: storable(definition.name),
    direction,
    script,
  };
}

/** Stores the definition of what is applied, so that an older program can revert it. */
export function keptLines(
  { history, toolVersion, storable }: ScriptRequest,
  { step: { definition, direction }, up, down }: ScriptStep,
): readonly string[] {
  if (direction === "down") return [];
  return [
    `${storeDefinitions(history, { kept: [{ definition, up, down }], toolVersion, storable })};`,
  ];
}
