/**
 * Turns the options of an application into a workspace and its databases.
 *
 * @module
 */

import process from "node:process";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { Failure } from "../failure.ts";
import { type Environment, Workspace } from "../workspace/workspace.ts";
import type { Source } from "../source/source.ts";
import { suggest } from "../suggest.ts";
import { verbosityOf } from "../report/verbosity.ts";
import { lineLogger, type Logger } from "./logger.ts";
import { type LoggerAdapter, loggerAdapter } from "./logger_adapter.ts";

/**
 * Options that `migrateOnStartup`, `waitUntilMigrated` and `workInBackground` share. All are
 * optional.
 */
export interface ApplicationOptions extends RegisteredDefinitions {
  /**
   * Where the migrations are: a directory, or a source. Default: what the executable carries, else
   * the directory that migrator.yaml names, else `migrations`.
   */
  readonly migrations?: string | Source;
  /** The databases of the product to use. Default: all. */
  readonly databases?: readonly string[];
  /**
   * Where the server is: one URL or keyword string for all databases, or one for each database.
   * Default: variables such as DATABASE_URL, PGHOST and `<NAME>_DATABASE_URL`, then migrator.yaml.
   */
  readonly connection?: string | Readonly<Record<string, string>>;
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
}

/** Builds it. Reads no file and opens no connection yet. */
export function applicationOf(options: ApplicationOptions): Application {
  const environment = options.environment ?? process.env;
  const verbosity = verbosityOf([], environment);
  const adapter = loggerAdapter(options.logger ?? lineLogger(verbosity), verbosity);
  const { migrations, config, connection, directConnection } = options;
  const workspace = new Workspace({
    options: {
      ...(config === undefined ? {} : { config }),
      ...(typeof migrations === "string" ? { migrations } : {}),
      origins: { databaseUrl: "connection", directUrl: "directConnection" },
      databaseUrl: urlsOf(connection, "connection"),
      directUrl: urlsOf(directConnection, "directConnection"),
    },
    event: adapter,
    environment,
    source: typeof migrations === "object" ? migrations : undefined,
    definitions: options,
  });
  return {
    workspace,
    loggerAdapter: adapter,
    environment,
    databases: async () => {
      const { databases: known, label } = await workspace.source();
      const named = [connection, directConnection].flatMap((one) =>
        typeof one === "object" ? Object.keys(one) : []
      );
      for (const name of [...options.databases ?? [], ...named]) {
        if (!known.includes(name)) throw unknownDatabase(name, { known, label });
      }
      return options.databases ?? known;
    },
  };
}

/**
 * The options' URLs, in the form that a workspace takes.
 *
 * @throws {Failure} `settings/no-database` for an empty URL: the caller meant to set one, so
 * variables must not replace it.
 */
function urlsOf(
  given: ApplicationOptions["connection"],
  origin: string,
): readonly string[] {
  if (given === undefined) return [];
  const entries = typeof given === "string" ? [["", given]] : Object.entries(given);
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
