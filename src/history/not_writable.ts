/**
 * The failure of a role that cannot create or write migrator's tables.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import type { ServerError, Session } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { quoteIdentifier, quoteLiteral } from "../sql/identifier.ts";
import { ownerToConnectAs } from "./owner.ts";
import { missingSystemRight } from "../connection/session/missing_system_right.ts";
import type { HistoryName } from "./history_name.ts";
import { findLackingRights, giveBackHint } from "./lacking_rights.ts";

/**
 * `history/not-writable`, with the server's error and the role that can help.
 *
 * @param server The server's error.
 */
export async function notWritable(
  server: ServerError,
  { session, name, holding = "the history" }: {
    readonly session: Session;
    readonly name: HistoryName;
    /** What the tables hold. */
    readonly holding?: string;
  },
): Promise<Failure> {
  const schema = quoteIdentifier(name.schema);
  const [row] = await catalogRead(
    session,
    `SELECT pg_catalog.quote_ident(CURRENT_USER) AS role,
      (SELECT ${ownerToConnectAs("nspowner")}
        FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(name.schema)}) AS owner,
      NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n
        ON n.oid = c.relnamespace WHERE n.nspname = ${quoteLiteral(name.schema)}) AS empty,
      (SELECT pg_catalog.string_agg(
          pg_catalog.format('%I (function %s)', evtname, evtfoid::pg_catalog.regprocedure), ', '
          ORDER BY evtname)
        FROM pg_catalog.pg_event_trigger
        WHERE evtenabled <> 'D' AND evtevent LIKE 'ddl%') AS event_triggers`,
  );
  const { role, owner, empty, event_triggers: triggers } = row ?? {};
  const { sqlstate, message, detail, hint, where } = server;
  const lacking = await findLackingRights(session, { name, touch: "write" });
  const isRight = sqlstate === "42501" || lacking.lacks.length > 0;
  return new Failure(
    "history/not-writable",
    `Cannot keep ${holding} of database "${name.database}" in schema ${schema}: ` +
      (lacking.lacks.length > 0
        ? `role ${role} lacks ${lacking.lacks.join(" and ")}.`
        : `${message} (SQLSTATE ${sqlstate}).`) +
      (detail ? `\nDetail: ${detail}` : "") +
      (hint ? `\nServer's hint: ${hint}` : "") +
      (where ? `\nContext: ${where}` : ""),
    {
      hint: where !== undefined && triggers
        ? "Nothing was run. The database runs code of its own when tables are created, by the event " +
          `triggers ${triggers}, and that failed. It runs with the search_path of the statement, so ` +
          "it has to write the schema in front of its names. Let its owner correct it, or give it a " +
          "path of its own: ALTER FUNCTION … SET search_path = …"
        : lacking.grants.length > 0
        ? giveBackHint(lacking)
        : !isRight
        ? "Nothing was run. See what is in the way, then run the same command again: migrator doctor"
        : missingSystemRight(message, role ?? "") ??
          (owner
            ? `Connect as ${owner}, the role that owns the schema.` +
              (empty === "t"
                ? ` Or let it run: GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${role}`
                : "")
            : "Let an administrator run, in that database: " +
              `CREATE SCHEMA ${schema} AUTHORIZATION ${role}`),
      facts: { sqlstate: isRight ? "42501" : sqlstate, grants: lacking.grants },
    },
  );
}
