// Pure.
/**
 * Recognizes the messages with which poolers reject a client. Poolers have few SQLSTATEs of their own
 * (PgBouncer sends 08P01 for everything), so the text decides whether the failure is transient.
 *
 * @module
 */

import type { Code } from "../../failure.ts";

/** The meaning of a pooler's rejection. */
export interface PoolerRefusal {
  readonly code: Code;
  readonly hint: string;
}

const NO_SLOT: PoolerRefusal = {
  code: "connection/too-many",
  hint: "The pooler has no connection to give: raise its pool_size, max_client_conn or " +
    "query_wait_timeout, or wait for its other clients.",
};

const REFUSALS: readonly (readonly [RegExp, PoolerRefusal])[] = [
  [/^unsupported startup parameter/, {
    code: "connection/startup-parameter",
    hint: "A pooler is in the way. Take the parameter out of the settings (the URL, PGOPTIONS, " +
      "PGDATESTYLE, PGTZ, PGGEQO), or list it in the pooler's ignore_startup_parameters.",
  }],
  [/^(?:no such database|database ".*" does not exist|No such database)/, {
    code: "connection/no-such-database",
    hint: "Check the name, and the pooler's [databases].",
  }],
  [/authentication failed|auth failed|^no such user|^login rejected|^not allowed$/i, {
    code: "connection/authentication",
    hint: "Check the role and its password, and who the pooler lets in: auth_file, auth_query, " +
      "auth_type and auth_hba_file.",
  }],
  [
    /^query_wait_timeout|^no more connections allowed|\bmax(?:imum)? (?:number of )?clients?\b/i,
    NO_SLOT,
  ],
  [/could not get connection from the pool|too many connections/i, NO_SLOT],
];

/** The meaning of a pooler's message; undefined for other messages, such as a server's. */
export function poolerRefusal(message: string): PoolerRefusal | undefined {
  return REFUSALS.find(([pattern]) => pattern.test(message))?.[1];
}

/** Whether a session was ended because the pooler had no server connection for it in time. */
export function isPoolerWait(reason: unknown): boolean {
  return typeof reason === "string" && poolerRefusal(reason) === NO_SLOT;
}

/** A hint for a connection that a pooler closed; undefined if no pooler did. */
export function cutHint(reason: unknown): string | undefined {
  if (typeof reason !== "string") return undefined;
  const [setting] =
    /^(?:idle[ _]transaction[ _]timeout|transaction[ _]timeout|query[ _]timeout|client_idle_timeout)/
      .exec(reason) ?? [];
  return setting &&
    `A pooler cut it: raise its ${setting.replaceAll(" ", "_")}, or give a way around it with ` +
      "--direct-url. Then run the same command again.";
}
