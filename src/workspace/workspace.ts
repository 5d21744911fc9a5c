/**
 * One product on this host: its config, its migrations, and the way to its servers.
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
import { codeDefinitionsOf, refuseUnknownDatabase, refuseUnknownDatabases } from "./definitions.ts";
import { runOptions, type RunOptionValues } from "./run_options.ts";
import { findConfig } from "./find_config.ts";
import { embeddedSource, findSource } from "./find_source.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What may be said of it. */
export interface WorkspaceOptions {
  readonly config?: string;
  readonly migrations?: string;
  readonly databaseUrl?: readonly string[];
  readonly directUrl?: readonly string[];
  readonly db?: readonly string[];
  /** What messages call the URLs, where they are no options of a command. */
  readonly origins?: { readonly databaseUrl: string; readonly directUrl: string };
}

/** Who is told of what happens on the way. */
export interface WorkspaceEvent {
  /** Something a person should know that stops nothing. */
  warn(message: string): void;
  /** A query that the server has answered; undefined unless queries are to be told. */
  readonly query: ((query: AnsweredQuery) => void) | undefined;
}

/** One database of it. */
export interface Target {
  readonly name: string;
  readonly set: DefinitionSet;
  readonly graph: Graph<Definition>;
  readonly history: HistoryName;
}

/** A product on this host. Everything is looked for when it is asked for, and once. */
export class Workspace {
  readonly options: WorkspaceOptions;
  readonly environment: Environment;
  readonly #told: WorkspaceEvent;
  /** Batched migrations and strategies of the program's own. */
  readonly definitions: RegisteredDefinitions;
  readonly #targets = new Map<string, Promise<Target>>();
  readonly #warned = new Set<string>();
  #carried: Promise<BundledSource | undefined> | undefined;
  #project: Promise<Config> | undefined;
  #source: Promise<Source> | undefined;

  /**
   * @param given.source Migrations, unless the options name a directory of them.
   * @param given.definitions Batched migrations and strategies of the program's own.
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
    this.#told = event;
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

  /** The directory of migrations that an option or a settings file names. */
  async directory(): Promise<string | undefined> {
    const { migrations } = this.options;
    if (migrations !== undefined) return migrations;
    const config = await this.project();
    // It was the author's, when the bundle was made.
    if (config.text === (await this.#carried)?.project) return undefined;
    const named = config.value("migrations");
    return named && path.join(path.dirname(config.text.file), named);
  }

  /** Where the migrations are. */
  source(): Promise<Source> {
    return this.#source ??= this.#findSource();
  }

  async #findSource(): Promise<Source> {
    const config = await this.project();
    const source = await findSource({
      directory: await this.directory(),
      isTyped: this.options.migrations !== undefined,
      carried: await this.#carried,
      readingOf: (database) => readingOf(config, database),
      warn: (message) => this.warnOnce(message),
    });
    this.#checkNames(config, source);
    for (const warning of source.warnings ?? []) this.warnOnce(warning);
    return source;
  }

  /** A name that is nearly another's is a slip; else its first migration may be still to come. */
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
   * The databases that are meant: those of `--db`, or all.
   *
   * @throws {Failure} `usage/unknown-database`.
   */
  async databases(): Promise<readonly string[]> {
    const { databases, label } = await this.source();
    const { db } = this.options;
    if (db === undefined) return databases;
    const wanted = db.flatMap((names) => names.split(","));
    // Sourcegraph's migrator takes it so.
    if (wanted.includes("all") && !databases.includes("all")) return databases;
    const unknown = wanted.find((name) => !databases.includes(name));
    if (unknown === undefined) return [...new Set(wanted)];
    const meant = suggest(unknown, databases);
    throw new Failure(
      "usage/unknown-database",
      // Without a name it is a script's unset variable, and must not mean all of them.
      unknown === ""
        ? "--db was given without a name."
        : `There is no database "${unknown}" among the migrations (${label}).`,
      {
        hint: meant
          ? `Did you mean --db ${meant}?`
          : `Use one of: ${databases.map((name) => `--db ${name}`).join(", ")}`,
        facts: { databases },
      },
    );
  }

  /** The definitions and graph of one database; read once. */
  target(name: string): Promise<Target> {
    const known = this.#targets.get(name) ?? this.#load(name);
    this.#targets.set(name, known);
    return known;
  }

  async #load(name: string): Promise<Target> {
    const source = await this.source();
    refuseUnknownDatabases(this.definitions, source.databases);
    const set = await source.load(name, this.defined(name));
    for (const warning of set.warnings ?? []) this.warnOnce(warning);
    return {
      name,
      set,
      graph: buildGraph(set.definitions, { database: name }),
      history: await this.history(name),
    };
  }

  /** The batched migrations of one database that the program defines itself. */
  defined(database: string): CodeDefinitions | undefined {
    return codeDefinitionsOf(this.definitions, database);
  }

  /** What workers need for those; undefined without any. */
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
   * Where a database's history is, and who is to read it.
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
   * How a run of one database behaves.
   *
   * @throws {Failure} `settings/*`.
   */
  async runOptions(database: string, typed: RunOptionValues): Promise<RunOptions> {
    return runOptions(typed, { config: await this.project(), database });
  }

  /**
   * How the server of one database is reached.
   *
   * @throws {Failure} `settings/*`.
   */
  async connector(database: string): Promise<Connector> {
    return await this.#connect(await this.settings(database));
  }

  /**
   * The same as settings, and who says so.
   *
   * @throws {Failure} `settings/*`.
   */
  async settings(database: string): Promise<SettingsOrigin> {
    const { resolveSettings } = await import("../connection/settings/resolve_settings.ts");
    return await resolveSettings(await this.#question(database, "databaseUrl"));
  }

  /**
   * The way around the pooler of one database, where one is given.
   *
   * @throws {Failure} `settings/*`.
   */
  async directConnector(database: string): Promise<Connector | undefined> {
    const found = await this.directSettings(database);
    return found && await this.#connect(found);
  }

  /**
   * The same as settings, and who says so.
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
        // It leads around the pooler before another server than the one that was typed.
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

  async #connect({ settings, warnings }: SettingsOrigin): Promise<Connector> {
    for (const warning of warnings) this.warnOnce(warning);
    const connector = await connectorFor(settings);
    const { query } = this.#told;
    return query === undefined ? connector : loggingConnector(connector, query);
  }

  /** Warns, unless the same was said before: several databases mostly have one server. */
  warnOnce(warning: string): void {
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.#told.warn(warning);
  }
}
