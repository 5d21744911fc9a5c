// Pure.
/**
 * The ways in which an application says where its server is.
 *
 * @module
 */

import { Failure } from "../failure.ts";

/** Where a server is. What is left out has libpq's default. */
export interface ConnectionParameters {
  /** A URL or libpq's keyword string. The other parameters, but for `password`, must be left out. */
  readonly connectionString?: string | undefined;
  /** A name, an address, or the directory of a Unix socket. */
  readonly host?: string | undefined;
  /** Default: 5432. */
  readonly port?: number | string | undefined;
  /** The role to log in as. */
  readonly user?: string | undefined;
  /** A function is called for every connection, so that tokens may rotate. */
  readonly password?: Password | null | undefined;
  /** The PostgreSQL database. */
  readonly database?: string | undefined;
  /**
   * `true` checks the server's certificate against the system's authorities; `{ rejectUnauthorized:
   * false }` encrypts without a check; a word is libpq's `sslmode`. Default: `prefer`.
   */
  readonly ssl?: boolean | string | object | null | undefined;
}

/** A password, or what gives one. */
export type Password = string | (() => string | Promise<string>);

/** A `Pool` or `Client` of the package `pg`. Its parameters are taken; it opens no connection for us. */
export interface PgClient {
  /** Of a pool. */
  readonly options?: ConnectionParameters | undefined;
  /** Of a client. */
  readonly connectionParameters?: ConnectionParameters | undefined;
  /** Marks an instance: plain parameters have no such method. */
  connect(...given: never[]): unknown;
}

/** The `sql` of the package `postgres`. Its parameters are taken; it opens no connection for us. */
export interface PostgresClient {
  (...given: never[]): unknown;
  /** What it was made with. */
  readonly options: {
    readonly host: readonly string[];
    readonly port: readonly number[];
    readonly user: string;
    readonly pass: Password | null;
    readonly database: string;
    readonly ssl?: ConnectionParameters["ssl"];
    /** A Unix socket: `/tmp/.s.PGSQL.5432`. */
    readonly path?: string | false | undefined;
  };
}

/**
 * Where a server is: a URL, libpq's keyword string, `pglite:DIRECTORY` or `pglite:memory`; parameters; or
 * a client or pool whose parameters to use.
 */
export type Connection = string | URL | ConnectionParameters | PgClient | PostgresClient;

/** A connection as the settings read it. */
export interface ConnectionString {
  /** A URL, a keyword string, or empty for defaults. Holds the password if it is known. */
  readonly text: string;
  /** Gives the password of every connection. */
  readonly password?: () => string | Promise<string>;
}

/**
 * Turns what an application gave into a connection string.
 *
 * @throws {Failure} `settings/unsupported` for TLS options that are values of a program.
 */
export function connectionString(given: Connection): ConnectionString {
  if (typeof given === "string") return { text: given };
  if (given instanceof URL) return { text: given.href };
  if (typeof given === "function") return fromParameters(ofPostgresClient(given));
  if ("connect" in given) return fromParameters(given.options ?? given.connectionParameters ?? {});
  return fromParameters(given);
}

function ofPostgresClient({ options }: PostgresClient): ConnectionParameters {
  const { host, port, user, pass, database, ssl, path } = options;
  const socket = path ? /^(.*)\/\.s\.PGSQL\.(\d+)$/.exec(path) : null;
  return {
    host: socket?.[1] ?? host.join(","),
    port: socket?.[2] ?? port.join(","),
    user,
    password: pass,
    database,
    ssl,
  };
}

function fromParameters(parameters: ConnectionParameters): ConnectionString {
  const { connectionString: text, host, port, user, password, database, ssl } = parameters;
  const rotating = typeof password === "function" ? { password } : {};
  if (text !== undefined) return { text, ...rotating };
  const words = {
    host,
    port: port === undefined ? undefined : String(port),
    user,
    password: typeof password === "string" ? password : undefined,
    dbname: database,
    ...tlsWords(ssl),
  };
  const pairs = Object.entries(words).flatMap(([key, value]) =>
    value === undefined || value === "" ? [] : [`${key}=${quoted(value)}`]
  );
  return { text: pairs.join(" "), ...rotating };
}

/** A value of a keyword string. */
function quoted(value: string): string {
  return `'${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
}

function tlsWords(ssl: ConnectionParameters["ssl"]): Readonly<Record<string, string>> {
  if (ssl === undefined || ssl === null) return {};
  if (typeof ssl === "string") return { sslmode: ssl };
  if (ssl === false) return { sslmode: "disable" };
  const checked = { sslmode: "verify-full", sslrootcert: "system" };
  if (ssl === true) return checked;
  const { rejectUnauthorized, ...others } = ssl as Readonly<Record<string, unknown>>;
  const [other] = Object.keys(others);
  if (other === undefined) return rejectUnauthorized === false ? { sslmode: "require" } : checked;
  throw new Failure(
    "settings/unsupported",
    `The application's connection has ssl.${other}, a value that lives in the program.`,
    {
      hint:
        "Give a connection string with sslmode, sslrootcert, sslcert and sslkey, which name files.",
    },
  );
}
