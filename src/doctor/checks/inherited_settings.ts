/**
 * Reports settings that the session inherits, and their source.
 *
 * @module
 */

import type { Row, Session } from "../../connection/session/session.ts";
import {
  type CheckedDatabase,
  type CheckResult,
  fail,
  makeCheck,
  ok,
  warn,
} from "../check/check.ts";

/** A setting that differs from PostgreSQL's default. */
export interface SessionDefaults {
  readonly name: string;
  /** The value as SHOW prints it: `30s`. */
  readonly value: string;
  /**
   * The column `source` of pg_settings: `user`, `database`, `database user`, `global`, `client`, …
   */
  readonly source: string;
  /** The value in milliseconds, for a time. */
  readonly milliseconds: number;
}

/** The settings, and the role and database that they apply to. */
export interface InheritedSettings {
  readonly settings: readonly SessionDefaults[];
  readonly role: string;
  readonly database: string;
}

/** The settings to read, each with the value that needs no report. */
const UNREMARKABLE: Readonly<Record<string, string>> = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  transaction_timeout: "0",
  default_transaction_read_only: "off",
  search_path: '"$user", public',
  synchronous_commit: "on",
};

/** Milliseconds for which a runner may send nothing while it waits for another. */
const QUIET = 10_000;

export const inheritedSettingsCheck = makeCheck({
  name: "settings",
  embedded: true,
  read,
  judge: judgeInheritedSettings,
});

async function read(session: Session, { role }: CheckedDatabase): Promise<InheritedSettings> {
  // Sent without the usual wrapper, which sets some of these settings itself.
  const { rows } = await session.query(
    `SELECT name, setting, source, pg_catalog.current_setting(name) AS value,
      pg_catalog.quote_ident(pg_catalog.current_database()) AS database
    FROM pg_catalog.pg_settings
    WHERE name OPERATOR(pg_catalog.=) ANY ('{${
      Object.keys(UNREMARKABLE).join(",")
    }}'::pg_catalog.text[])
    ORDER BY name COLLATE pg_catalog."C"`,
  );
  const isDefault = ({ source }: Row) => source === "default" || source === "override";
  return {
    settings: rows.filter((row) => !isDefault(row)).map((row) => ({
      name: row["name"] ?? "",
      value: row["value"] ?? "",
      source: row["source"] ?? "",
      milliseconds: Number(row["setting"]),
    })),
    role,
    database: rows[0]?.["database"] ?? "",
  };
}

/** Timeouts that runs override are reported as `ok`. */
export function judgeInheritedSettings(found: InheritedSettings): readonly CheckResult[] {
  const { settings } = found;
  const notable = settings.filter(({ name, value }) => value !== UNREMARKABLE[name]);
  const list = notable.map((one) => `${one.name} = ${one.value} (${originOf(one, found)})`);
  const results = settings.flatMap((one) => judgeOne(one, found));
  return [
    ...(list.length > 0
      ? ok(`${list.join(", ")}; runs set times of their own`)
      : results.length > 0
      ? []
      : ok("nothing that concerns a run")),
    ...results,
  ];
}

function judgeOne(one: SessionDefaults, found: InheritedSettings): readonly CheckResult[] {
  if (one.name === "default_transaction_read_only" && one.value === "on") {
    return fail(
      `every transaction begins read-only: default_transaction_read_only = on (${
        originOf(one, found)
      })`,
      resetting(one, found),
    );
  }
  if (one.name === "idle_session_timeout" && one.milliseconds > 0 && one.milliseconds < QUIET) {
    return warn(
      `idle_session_timeout = ${one.value} (${originOf(one, found)}) ends a runner that waits`,
      resetting(one, found),
    );
  }
  return [];
}

function originOf({ source }: SessionDefaults, { role, database }: InheritedSettings): string {
  switch (source) {
    case "user":
      return `of role ${role}`;
    case "database":
      return `of database ${database}`;
    case "database user":
      return `of role ${role} in database ${database}`;
    case "global":
      return "of all roles";
    case "client":
      return "of the URL or PGOPTIONS";
    default:
      return `of the server's ${source}`;
  }
}

function resetting(one: SessionDefaults, { role, database }: InheritedSettings): string {
  const { name, source } = one;
  switch (source) {
    case "user":
      return `ALTER ROLE ${role} RESET ${name}`;
    case "database":
      return `ALTER DATABASE ${database} RESET ${name}`;
    case "database user":
      return `ALTER ROLE ${role} IN DATABASE ${database} RESET ${name}`;
    case "global":
      return `ALTER ROLE ALL RESET ${name}`;
    case "client":
      return `Take ${name} out of the URL (options) or PGOPTIONS`;
    default:
      return `ALTER SYSTEM RESET ${name}, or edit postgresql.conf; then SELECT pg_reload_conf()`;
  }
}
