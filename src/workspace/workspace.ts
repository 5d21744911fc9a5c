/**
 * One product on this host: its settings, its migrations, and its connectors.
 *
 * @module
 */

import * as path from "node:path";
import type { JobRegistry, RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import type { BundledSource } from "../bundle/bundle_source.ts";
import { loggingConnector } from "../connection/session/query_log.ts";
import type { AnsweredQuery, Connector } from "../connection/session/session.ts";
import type { SettingsOrigin } from "../connection/settings/settings.ts";
import type { SettingsInput } from "../connection/settings/resolve_settings.ts";
import type { DefinitionSet } from "../definition/migration/definition.ts";
import { Failure } from "../failure.ts";
import type { KnownScripts } from "../definition/migration/script.ts";
import { appliedScripts } from "./applied_scripts.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import type { Definition } from "../definition/migration/definition.ts";
import { HISTORY_SCHEMA } from "../history/schema.ts";
import type { HistoryName } from "../history/history_name.ts";
import { Config } from "../config/config.ts";
import { readingOf } from "../config/reading.ts";
import type { RunOptions } from "../runner/context/run_context.ts";
import { permissions, readText } from "../runtime/files.ts";
import { homeDirectory, userName } from "../runtime/process.ts";
import type { CodeDefinitions, Source } from "../source/source.ts";
import { suggest } from "../suggest.ts";
import { connectorFor } from "./connector.ts";
import { chosenDatabases } from "./chosen_databases.ts";
import { codeDefinitionsOf, refuseUnknownDatabase, refuseUnknownDatabases } from "./definitions.ts";
import type { PasswordSource } from "./rotating_password.ts";
import { runOptions, type RunOptionValues } from "./run_options.ts";
import { findConfig } from "./find_config.ts";
import { embeddedSource, findSource } from "./find_source.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options of a workspace. */
export interface WorkspaceOptions {
  readonly config?: string;
  readonly migrations?: string;
  readonly databaseUrl?: readonly string[];
  readonly directUrl?: readonly string[];
  readonly db?: readonly string[];
  /** What gives the password of each connection to a database's server, if anything does. */
  readonly passwordOf?: (database: string) => PasswordSource | undefined;
  /** What messages call the URLs, when they are not command-line options. */
  readonly origins?: { readonly databaseUrl: string; readonly directUrl: string };
}

/** Receives what happens. */
export interface WorkspaceEvent {
  /** Reports something that a person should know and that stops nothing. */
  warn(message: string): void;
  /**
   * Receives each query that the server has answered; undefined unless queries are to be reported.
   */
  readonly query: ((query: AnsweredQuery) => void) | undefined;
}

/** One database of the product. */
export interface Target {
  readonly name: string;
  readonly set: DefinitionSet;
  readonly graph: Graph<Definition>;
  readonly history: HistoryName;
}

/** A product on this host. Each part is resolved on first use, and once. */
export class Workspace {
  readonly options: WorkspaceOptions;
  readonly environment: Environment;
  readonly #event: WorkspaceEvent;
  /** Batched migrations and strategies that the program defines in TypeScript. */
  readonly definitions: RegisteredDefinitions;
  readonly #targets = new Map<string, Promise<Target>>();
  readonly #warned = new Set<string>();
  #carried: Promise<BundledSource | undefined> | undefined;
  #project: Promise<Config> | undefined;
  #source: Promise<Source> | undefined;

  /**
   * @param given.source The migrations, unless an option names a directory.
   * @param given.definitions Batched migrations and strategies that the program defines in
   * TypeScript.
   */
  constructor(
    { options, event, environment, source, definitions = {} }: {
      readonly options: WorkspaceOptions;
      readonly event: WorkspaceEvent;
      readonly environment: Environment;
      readonly source?: Source | undefined;
      readonly definitions?: RegisteredDefinitions | undefined;
    },
  ) {
    this.definitions = definitions;
    this.options = options;
    this.environment = environment;
    this.#event = event;
    if (source !== undefined && options.migrations === undefined) {
      this.#source = Promise.resolve(source);
    }
  }

  /**
   * The project's settings.
   *
   * @throws {Failure | Failures} `settings/*`.
   */
  project(): Promise<Config> {
    return this.#project ??= this.#findProject();
  }

  async #findProject(): Promise<Config> {
    const text = await findConfig({
      config: this.options.config,
      carried: (await (this.#carried ??= embeddedSource()))?.project,
      warn: (message) => this.warnOnce(message),
    });
    return new Config(text, this.environment);
  }

  /** The directory of migrations that an option or the settings name. */
  async directory(): Promise<string | undefined> {
    const { migrations } = this.options;
    if (migrations !== undefined) return migrations;
    const config = await this.project();
    // In carried settings the directory is a path on the author's machine.
    if (config.text === (await this.#carried)?.project) return undefined;
    const named = config.value("migrations");
    return named && path.join(path.dirname(config.text.file), named);
  }

  /** The migrations. */
  source(): Promise<Source> {
    return this.#source ??= this.#findSource();
  }

  async #findSource(): Promise<Source> {
    const config = await this.project();
    const source = await findSource({
      directory: await this.directory(),
      isTyped: this.options.migrations !== undefined,
      carried: await this.#carried,
      environment: this.environment,
      readingOf: (database) => readingOf(config, database),
      warn: (message) => this.warnOnce(message),
    });
    this.#checkNames(config, source);
    for (const warning of source.warnings ?? []) this.warnOnce(warning);
    return source;
  }

  /**
   * Refuses a name that resembles another's, as a misspelling; any other may get its first
   * migration later.
   */
  #checkNames({ text }: Config, { databases, label }: Source): void {
    for (const name of text.databases.filter((one) => !databases.includes(one))) {
      const meant = suggest(name, databases.filter((one) => !text.databases.includes(one)));
      const sentence = `${text.file} names a database ${name}, which has no migrations (${label})`;
      if (meant === undefined) this.warnOnce(sentence);
      else {
        throw new Failure("settings/unknown-database", `${sentence}.`, {
          hint: `Did you mean ${meant}?`,
        });
      }
    }
  }

  /**
   * The chosen databases: those of `--db`, or all.
   *
   * @throws {Failure} `usage/unknown-database`.
   */
  async databases(): Promise<readonly string[]> {
    return chosenDatabases(await this.source(), this.options.db);
  }

  /** The definitions and graph of one database; read once. */
  target(name: string): Promise<Target> {
    const known = this.#targets.get(name) ?? this.#load(name);
    this.#targets.set(name, known);
    return known;
  }

  /** The same, but large scripts that are applied are not parsed; `wholePlan` completes a plan. */
  async comparedTarget(name: string): Promise<Target> {
    const known = appliedScripts(await this.history(name), () => this.connector(name));
    return await this.#load(name, known);
  }

  async #load(name: string, known?: KnownScripts): Promise<Target> {
    const source = await this.source();
    refuseUnknownDatabases(this.definitions, source.databases);
    const set = await source.load(name, this.defined(name), { known });
    for (const warning of set.warnings ?? []) this.warnOnce(warning);
    return {
      name,
      set,
      graph: buildGraph(set.definitions, { database: name }),
      history: await this.history(name),
    };
  }

  /** The batched migrations of one database that the program defines in TypeScript. */
  defined(database: string): CodeDefinitions | undefined {
    return codeDefinitionsOf(this.definitions, database);
  }

  /** The registry of jobs for those; undefined when there are none. */
  ownCode(): JobRegistry | undefined {
    const { jobs = [], strategies = [] } = this.definitions;
    if (jobs.length + strategies.length === 0) return undefined;
    return {
      jobs,
      strategies,
      connectorTo: async (database) => {
        refuseUnknownDatabase(database, (await this.source()).databases);
        return await this.connector(database);
      },
    };
  }

  /**
   * The schema of a database's history, and its readers.
   *
   * @throws {Failure} `settings/*`.
   */
  async history(database: string): Promise<HistoryName> {
    const config = await this.project();
    return {
      schema: config.value("historySchema") ?? HISTORY_SCHEMA,
      database,
      readers: config.value("readers", database) ?? [],
    };
  }

  /**
   * The options of a run of one database.
   *
   * @throws {Failure} `settings/*`.
   */
  async runOptions(database: string, typed: RunOptionValues): Promise<RunOptions> {
    return runOptions(typed, { config: await this.project(), database });
  }

  /**
   * The connector to the server of one database.
   *
   * @throws {Failure} `settings/*`.
   */
  async connector(database: string): Promise<Connector> {
    return await this.#connect(await this.settings(database), this.options.passwordOf?.(database));
  }

  /**
   * The server settings of one database, and their origin.
   *
   * @throws {Failure} `settings/*`.
   */
  async settings(database: string): Promise<SettingsOrigin> {
    const { resolveSettings } = await import("../connection/settings/resolve_settings.ts");
    return await resolveSettings(await this.#question(database, "databaseUrl"));
  }

  /**
   * The connector that bypasses the pooler of one database, if one is configured.
   *
   * @throws {Failure} `settings/*`.
   */
  async directConnector(database: string): Promise<Connector | undefined> {
    const found = await this.directSettings(database);
    return found && await this.#connect(found);
  }

  /**
   * The settings that bypass the pooler, and their origin.
   *
   * @throws {Failure} `settings/*`.
   */
  async directSettings(database: string): Promise<SettingsOrigin | undefined> {
    const { resolveDirect } = await import("../connection/settings/resolve_settings.ts");
    return await resolveDirect(await this.#question(database, "directUrl"));
  }

  async #question(
    database: string,
    which: "databaseUrl" | "directUrl",
  ): Promise<SettingsInput> {
    const config = await this.project();
    const { databaseUrl = [], origins } = this.options;
    return {
      database,
      databases: (await this.source()).databases,
      urls: this.options[which] ?? [],
      urlsOrigin: origins?.[which],
      configured: (key) => {
        // The configured URL bypasses the pooler of another server than the one that was typed.
        if (key === "directUrl" && databaseUrl.length > 0) return undefined;
        const text = config.value(key, database);
        return text === undefined ? undefined : { text, origin: config.originOf(key, database)! };
      },
      environment: this.environment,
      readFile: readText,
      permissions,
      homeDirectory: homeDirectory(),
      userName: userName(),
    };
  }

  async #connect(
    { settings, warnings }: SettingsOrigin,
    password?: PasswordSource,
  ): Promise<Connector> {
    for (const warning of warnings) this.warnOnce(warning);
    const connector = await connectorFor(settings, password);
    const { query } = this.#event;
    return query === undefined ? connector : loggingConnector(connector, query);
  }

  /** Warns, unless the same warning was printed before: several databases often share a server. */
  warnOnce(warning: string): void {
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.#event.warn(warning);
  }
}
