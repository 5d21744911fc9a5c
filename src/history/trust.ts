/**
 * Checks that migrator's tables run no code of other roles.
 *
 * A role that may create schemas could have created migrator's schema first, with views instead of
 * tables, or with triggers, defaults or indexes that call functions. Such code runs with the privileges
 * of the role that reads or writes. So each message that reads begins with a query of the catalogs,
 * which the server runs before it even plans the rest. Each run checks once more, and more strictly,
 * before its first write.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { foreignObjects, IS_UNLOGGED, isTrusted, type Touch } from "./foreign_objects.ts";
import { refuseIncomplete } from "./incomplete.ts";
import { historyExists } from "./installed.ts";
import { ownerToConnectAs } from "./owner.ts";
import { HISTORY_TABLES, HISTORY_VIEWS } from "./schema.ts";
import type { HistoryName } from "./history_name.ts";

/** Some of migrator's tables; default: those of the history. */
export interface MigratorTables extends HistoryName {
  readonly tables?: readonly string[];
  /** Their content, for messages: `the history`. */
  readonly holding?: string;
}

function foreignIn({ schema, tables = HISTORY_TABLES }: MigratorTables, touch: Touch): string {
  return `(${foreignObjects({ schema, tables, views: HISTORY_VIEWS }, touch)}
) AS found (touch, object, owner, says, removal)`;
}

/** division_by_zero: a plain query can fail on purpose only by this. */
const REFUSED = "22012";

/**
 * A query that fails if reading or writing the tables could run code of another role. Missing tables
 * pass. Send it before the statement that touches them, in one message, with migrator's own search_path.
 * `untrustedFailure` explains the error.
 */
export function assertTrusted(ours: MigratorTables, touch: Touch): string {
  return `SELECT 1 / CASE WHEN EXISTS (
SELECT FROM ${foreignIn(ours, touch)}
) THEN 0 ELSE 1 END AS migrator_tables_are_plain`;
}

/** The message that the server would return and write to its log. */
const NOT_THERE = {
  sqlstate: "42P01",
  severity: "ERROR",
  message: "the tables of the history are not there",
} as const;
/** Undefined table, column, function or operator; type mismatch. */
const NOT_AS_EXPECTED = new Set(["42P01", "42703", "42883", "42804", "22P02"]);

/**
 * Reads from migrator's tables, as `catalogRead` does.
 *
 * @throws {Failure} `history/untrusted` when reading could run code of another role;
 * `history/incomplete` when tables are missing in part, or are not migrator's.
 * @throws {SqlError} What the server refused. `42P01` and `3F000` mean that none of the tables exists.
 */
export async function readTrusted(
  session: Session,
  name: MigratorTables,
  query: string,
): Promise<readonly Row[]> {
  if (!await historyExists(session, name)) throw new SqlError(NOT_THERE);
  try {
    return await catalogRead(session, `${assertTrusted(name, "read")}; ${query}`);
  } catch (error) {
    if (error instanceof SqlError && NOT_AS_EXPECTED.has(error.server.sqlstate)) {
      await refuseIncomplete(session, name);
    }
    throw await untrustedFailure(error, { session, name, touch: "read" });
  }
}

/**
 * `history/untrusted` if `assertTrusted` failed, with every foreign object and the statement that removes
 * it; otherwise the error itself.
 */
export async function untrustedFailure(
  error: unknown,
  { session, name, touch }: {
    readonly session: Session;
    readonly name: MigratorTables;
    readonly touch: Touch;
  },
): Promise<unknown> {
  if (!(error instanceof SqlError) || error.server.sqlstate !== REFUSED) return error;
  // A role that may also write gets the obstacles to writing at once.
  const rows = await catalogRead(
    session,
    `SELECT found.*, pg_catalog.quote_ident(CURRENT_USER) AS role,
      ${ownerToConnectAs("found.owner")} AS owner_name
    FROM ${foreignIn(name, "write")}
    WHERE '${touch}' = 'write' OR found.touch = 'read' OR ${isTrusted("found.owner")}`,
  );
  const [first, ...others] = rows.map(toForeign);
  return first === undefined ? error : refusal(name, { found: [first, ...others], touch });
}

/** An object of another role on, or in place of, migrator's tables. */
interface Foreign {
  readonly object: string;
  readonly says: string;
  readonly removal: string | null;
  readonly owner: string;
  /** The current role. */
  readonly role: string;
}

function toForeign(row: Row): Foreign {
  return {
    object: row["object"]!,
    says: row["says"]!,
    removal: row["removal"] ?? null,
    owner: row["owner_name"]!,
    role: row["role"]!,
  };
}

function refusal(
  { database, holding = "the history" }: MigratorTables,
  { found, touch }: {
    readonly found: readonly [Foreign, ...Foreign[]];
    readonly touch: Touch;
  },
): Failure {
  const [{ object, owner, role }] = found;
  const lines = found.map((one) => `${one.object} ${one.says}`);
  return new Failure(
    "history/untrusted",
    `Refused to ${touch} ${holding} of database "${database}", because ${danger(found, role)}: ` +
      (lines.length === 1 ? `${lines[0]}.` : ["all of this is foreign", ...lines].join("\n  ")),
    {
      hint: remedy(found),
      facts: {
        database,
        object,
        owner,
        found: found.map(({ object, says, removal, owner }) => ({ object, says, removal, owner })),
      },
    },
  );
}

/** What could happen, as the end of a sentence. */
function danger(found: readonly Foreign[], role: string): string {
  const unlogged = found.filter(({ says }) => says === IS_UNLOGGED).length;
  const dangers: string[] = [];
  if (unlogged < found.length) dangers.push(`that could run somebody else's code as role ${role}`);
  if (unlogged > 0) {
    dangers.push("a crash of the server would delete every row of an unlogged table");
  }
  return dangers.join(", and ");
}

/** The hint. No statement in it loses the history, whichever role runs it. */
function remedy(found: readonly Foreign[]): string {
  const owners = [...new Set(found.map(({ owner }) => owner))].join(" and ");
  const removals = found.flatMap(({ removal }) => removal ?? []);
  const parts: string[] = [];
  if (found.some(({ removal }) => removal === null)) {
    parts.push(
      `migrator made a plain table of that name. Ask role ${owners}, who owns what is there now, ` +
        "and put the table back, or restore it from a backup. Leave the other tables as they are: without " +
        "its history, up would apply every migration again.",
    );
  }
  if (found.some(({ says }) => says.startsWith("belongs to role"))) {
    parts.push(`Connect as role ${owners}, or look first at what is in these objects.`);
  }
  if (removals.length > 0) {
    const list = removals.length === 1 ? ` ${removals[0]}` : `\n  ${removals.join(";\n  ")};`;
    parts.push(
      `When it is clear what it is for, let role ${owners}, who owns it, or a superuser run:${list}`,
    );
  }
  return parts.join(" ");
}
