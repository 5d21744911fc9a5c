/**
 * Turns the options of an application into a workspace and its databases.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { Failure } from "../failure.ts";
import { type Environment, Workspace } from "../workspace/workspace.ts";
import { type MemoryMigration, memorySource } from "../source/memory.ts";
import type { Source } from "../source/source.ts";
import type { PasswordSource } from "../workspace/rotating_password.ts";
import { suggest } from "../suggest.ts";
import { verbosityOf } from "../report/verbosity.ts";
import { type Connection, type ConnectionString, connectionString } from "./connection.ts";
import { lineLogger, type Logger, shieldedLogger } from "./logger.ts";
import { type LoggerAdapter, loggerAdapter } from "./logger_adapter.ts";

/**
 * Options that `migrateOnStartup`, `waitUntilMigrated` and `workInBackground` share. All are
 * optional.
 */
export interface ApplicationOptions extends RegisteredDefinitions {
  /**
   * Where the migrations are: a directory as a path or as a `file:` URL, a source, or the migrations
   * themselves by database. Default: what the executable carries, else the directory that
   * migrator.yaml names, else `migrations`.
   */
  readonly migrations?:
    | string
    | URL
    | Source
    | Readonly<Record<string, readonly MemoryMigration[]>>;
  /** The databases of the product to use. Default: all. */
  readonly databases?: readonly string[];
  /**
   * Where the server is: one connection for all databases, or one for each database by its name.
   * Default: variables such as DATABASE_URL, PGHOST and `<NAME>_DATABASE_URL`, then migrator.yaml.
   */
  readonly connection?: Connection | Readonly<Record<string, Connection>>;
  /**
   * A connection that bypasses the pooler. Default: `<NAME>_DIRECT_URL`, DIRECT_URL, migrator.yaml.
   */
  readonly directConnection?: string | Readonly<Record<string, string>>;
  /**
   * Path of a settings file. Default: what the executable carries, else `migrator.yaml` if it
   * exists.
   */
  readonly config?: string;
  /** Environment variables. Default: those of this process. */
  readonly environment?: Environment;
  /**
   * Receives what happens. Default: lines on standard error; LOG_LEVEL and LOG_FORMAT (`text`,
   * `json`) choose which and how. With DATABASE_QUERY_LOGGING_ENABLED it receives every query with
   * its duration and without its values.
   */
  readonly logger?: Logger;
  /**
   * Aborting it stops the work: the running statement is cancelled on the server and rolled back.
   */
  readonly signal?: AbortSignal;
}

/** The workspace of an application, and its databases. */
export interface Application {
  readonly workspace: Workspace;
  readonly loggerAdapter: LoggerAdapter;
  readonly environment: Environment;
  /** Names of the chosen databases. */
  databases(): Promise<readonly string[]>;
  /** What gives the password of each connection to a database's server, if anything does. */
  passwordOf(database: string): PasswordSource | undefined;
}

/** Builds it. Reads no file and opens no connection yet. */
export function applicationOf(options: ApplicationOptions): Application {
  const environment = options.environment ?? process.env;
  const verbosity = verbosityOf([], environment);
  const logger = options.logger === undefined
    ? lineLogger(verbosity)
    : shieldedLogger(options.logger);
  const adapter = loggerAdapter(logger, verbosity);
  const { migrations, config, directConnection } = options;
  const connections = connectionsOf(options.connection);
  const directory = migrations instanceof URL ? fileURLToPath(migrations) : migrations;
  const passwordOf = (database: string) =>
    (connections.find(([name]) => name === database) ?? connections.find(([name]) => name === ""))
      ?.[1].password;
  const workspace = new Workspace({
    options: {
      ...(config === undefined ? {} : { config }),
      ...(typeof directory === "string" ? { migrations: directory } : {}),
      origins: { databaseUrl: "connection", directUrl: "directConnection" },
      databaseUrl: urlsOf(connections.map(([name, { text }]) => [name, text]), "connection"),
      directUrl: urlsOf(byName(directConnection), "directConnection"),
      passwordOf,
    },
    event: adapter,
    environment,
    source: sourceOf(migrations),
    definitions: options,
  });
  return {
    workspace,
    loggerAdapter: adapter,
    environment,
    passwordOf,
    databases: async () => {
      const { databases: known, label } = await workspace.source();
      const named = [...connections, ...byName(directConnection)]
        .flatMap(([name]) => name === "" ? [] : [name]);
      for (const name of [...options.databases ?? [], ...named]) {
        if (!known.includes(name)) throw unknownDatabase(name, { known, label });
      }
      return options.databases ?? known;
    },
  };
}

function sourceOf(migrations: ApplicationOptions["migrations"]): Source | undefined {
  if (typeof migrations !== "object" || migrations instanceof URL) return undefined;
  return isSource(migrations) ? migrations : memorySource(migrations);
}

function isSource(
  given: Source | Readonly<Record<string, readonly MemoryMigration[]>>,
): given is Source {
  return typeof given["load"] === "function";
}

/** The parameters of a connection, by which it is told from connections by database. */
const PARAMETERS = ["connectionString", "host", "port", "user", "password", "database", "ssl"];

/** By the name of the database; an empty name stands for all. */
function connectionsOf(
  given: ApplicationOptions["connection"],
): readonly (readonly [string, ConnectionString])[] {
  if (given === undefined) return [];
  const isByDatabase = typeof given === "object" && !(given instanceof URL) &&
    !("connect" in given) && !Object.keys(given).some((key) => PARAMETERS.includes(key));
  if (!isByDatabase) return [["", connectionString(given as Connection)]];
  return Object.entries(given as Readonly<Record<string, Connection>>)
    .map(([name, one]) => [name, connectionString(one)] as const);
}

function byName(
  given: ApplicationOptions["directConnection"],
): readonly (readonly [string, string])[] {
  if (given === undefined) return [];
  return typeof given === "string" ? [["", given]] : Object.entries(given);
}

/**
 * URLs in the form that a workspace takes.
 *
 * @throws {Failure} `settings/no-database` for an empty URL: the caller meant to set one, so
 * variables must not replace it.
 */
function urlsOf(
  entries: readonly (readonly [string, string])[],
  origin: string,
): readonly string[] {
  return entries.map(([name, url]) => {
    if (url) return name ? `${name}=${url}` : url;
    throw new Failure("settings/no-database", `The application gives an empty ${origin}.`, {
      hint: `Give a URL, or leave ${origin} out: then DATABASE_URL and its like are asked.`,
    });
  });
}

function unknownDatabase(
  name: string,
  { known, label }: { readonly known: readonly string[]; readonly label: string },
): Failure {
  const meant = suggest(name, known);
  return new Failure(
    "source/unknown-database",
    `There is no database "${name}" among the migrations (${label}).`,
    {
      hint: meant ? `Did you mean ${meant}?` : `There are: ${known.join(", ")}.`,
      facts: { databases: known },
    },
  );
}
