/**
 * Whose our tables are, and whether anything hangs on them that would run with our rights.
 *
 * Whoever may create schemas in a database can be there before us, with a schema of our name and
 * tables that are none: a view, a trigger, a default or an index that calls a function runs as
 * whoever reads or writes. So each message that reads is led by a look at the catalogs, which the
 * server answers before it so much as plans what follows; and each run looks once, and closer, before
 * its first write.
 *
 * @module
 */

import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Row, type Session, SqlError } from "../connection/session/session.ts";
import { Failure } from "../failure.ts";
import { foreignObjects, isTrusted, type Touch } from "./foreign_objects.ts";
import { refuseIncomplete } from "./incomplete.ts";
import { historyExists } from "./installed.ts";
import { ownerToConnectAs } from "./owner.ts";
import { HISTORY_TABLES, HISTORY_VIEWS } from "./schema.ts";
import type { HistoryName } from "./history_name.ts";

/** Tables of ours; default: those of the history. */
export interface MigratorTables extends HistoryName {
  readonly tables?: readonly string[];
  /** What they hold, for messages: `the history`. */
  readonly holding?: string;
}

function foreignIn({ schema, tables = HISTORY_TABLES }: MigratorTables, touch: Touch): string {
  return `(${foreignObjects({ schema, tables, views: HISTORY_VIEWS }, touch)}
) AS found (touch, object, owner, says, removal)`;
}

/** division_by_zero: the one way for a plain query to fail on purpose. */
const REFUSED = "22012";

/**
 * A query that fails unless our tables, where they are there, can be touched without running anything
 * of somebody else's. To be sent in front of the statement that does, in one message, with a
 * search_path of our own. Ask `refusalOf` what its failure means.
 */
export function assertTrusted(ours: MigratorTables, touch: Touch): string {
  return `SELECT 1 / CASE WHEN EXISTS (
SELECT FROM ${foreignIn(ours, touch)}
) THEN 0 ELSE 1 END AS migrator_tables_are_plain`;
}

/** What the server would say, and write into its log. */
const NOT_THERE = {
  sqlstate: "42P01",
  severity: "ERROR",
  message: "the tables of the history are not there",
} as const;
/** Undefined table, column, function or operator, and a type that does not fit. */
const NOT_AS_EXPECTED = new Set(["42P01", "42703", "42883", "42804", "22P02"]);

/**
 * Reads from our tables, as `catalogRead` does.
 *
 * @throws {Failure} `history/untrusted` when reading could do more than read; `history/incomplete`
 * when they are not what we made.
 * @throws {SqlError} What the server refused. `42P01` and `3F000` say that nothing of ours is there.
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
 * `history/untrusted` where `assertTrusted` failed, naming all that is foreign and how each of it is
 * removed; else the error itself.
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
  // Who may write as well is told at once what would be in the way of that.
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

/** Something on, or in place of, our tables that is somebody else's. */
interface Foreign {
  readonly object: string;
  readonly says: string;
  readonly removal: string | null;
  readonly owner: string;
  /** Who runs this. */
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
    `Refused to ${touch} ${holding} of database "${database}", because that could run somebody ` +
      `else's code as role ${role}: ` +
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

/** Nothing of it may lose the history, whoever types it. */
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
