/**
 * What every command is given: options, output, and the way to migrations and servers.
 *
 * @module
 */

import * as path from "node:path";
import type { BundledSource } from "../bundle/bundle_source.ts";
import { tellingConnector } from "../connection/query_log.ts";
import type { Connector } from "../connection/session.ts";
import type { SettingsOrigin } from "../connection/settings.ts";
import type { SettingsQuestion } from "../connection/settings_resolver.ts";
import type { DefinitionSet } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import { buildGraph, type Graph } from "../graph/graph.ts";
import type { Definition } from "../definition/definition.ts";
import { HISTORY_SCHEMA } from "../history/schema.ts";
import type { HistoryName } from "../history/store.ts";
import { Project } from "../project/project.ts";
import type { RunOptions } from "../runner/run_context.ts";
import { permissions, readText } from "../runtime/files.ts";
import { homeDirectory, userName } from "../runtime/process.ts";
import type { Source } from "../source/source.ts";
import { suggest } from "../suggest.ts";
import { connectorFor } from "./connector.ts";
import type { Output } from "./output/output.ts";
import { type RunChoice, runOptions } from "./run_options.ts";
import { findProject } from "./find_project.ts";
import { carriedSource, findSource } from "./find_source.ts";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly migrations?: string;
  readonly databaseUrl?: readonly string[];
  readonly directUrl?: readonly string[];
  readonly db?: readonly string[];
  readonly json?: boolean;
}

/** One database as a command sees it. */
export interface Target {
  readonly name: string;
  readonly set: DefinitionSet;
  readonly graph: Graph<Definition>;
  readonly history: HistoryName;
}

/** One run of one command. */
export class Invocation {
  readonly options: GlobalOptions;
  readonly output: Output;
  readonly environment: Environment;
  /** Aborted, with the failure to end with, by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly #exit: { status: number };
  readonly #targets = new Map<string, Promise<Target>>();
  readonly #warned = new Set<string>();
  #carried: Promise<BundledSource | undefined> | undefined;
  #project: Promise<Project> | undefined;
  #source: Promise<Source> | undefined;

  constructor(
    { options, output, environment, signal, exit }: {
      readonly options: GlobalOptions;
      readonly output: Output;
      readonly environment: Environment;
      readonly signal: AbortSignal;
      readonly exit: { status: number };
    },
  ) {
    this.options = options;
    this.output = output;
    this.environment = environment;
    this.signal = signal;
    this.#exit = exit;
  }

  /** Ends the command with another status than 0, although nothing failed. */
  exitWith(status: number): void {
    this.#exit.status = status;
  }

  /**
   * The project's settings.
   *
   * @throws {Failure | Failures} `settings/*`.
   */
  project(): Promise<Project> {
    return this.#project ??= this.#findProject();
  }

  async #findProject(): Promise<Project> {
    const text = await findProject({
      config: this.options.config,
      carried: (await (this.#carried ??= carriedSource()))?.project,
      warn: (message) => this.warnOnce(message),
    });
    return new Project(text, this.environment);
  }

  /** The directory of migrations that an option or a settings file names. */
  async directory(): Promise<string | undefined> {
    const { migrations } = this.options;
    if (migrations !== undefined) return migrations;
    const project = await this.project();
    // It was the author's, when the bundle was made.
    if (project.text === (await this.#carried)?.project) return undefined;
    const named = project.value("migrations");
    return named && path.join(path.dirname(project.text.file), named);
  }

  /** Where the migrations are. */
  source(): Promise<Source> {
    return this.#source ??= this.#findSource();
  }

  async #findSource(): Promise<Source> {
    const project = await this.project();
    const source = await findSource({
      directory: await this.directory(),
      carried: await this.#carried,
      readingOf: (database) => ({
        layout: project.value("layout", database),
        transaction: project.value("transaction", database),
      }),
      warn: (message) => this.warnOnce(message),
    });
    this.#checkNames(project, source);
    return source;
  }

  /** A name that is nearly another's is a slip; else its first migration may be still to come. */
  #checkNames({ text }: Project, { databases, label }: Source): void {
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
   * The databases that the command is about: those of `--db`, or all.
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
    const set = await (await this.source()).load(name);
    return {
      name,
      set,
      graph: buildGraph(set.definitions, { database: name }),
      history: await this.history(name),
    };
  }

  /**
   * Where a database's history is, and who is to read it.
   *
   * @throws {Failure} `settings/*`.
   */
  async history(database: string): Promise<HistoryName> {
    const project = await this.project();
    return {
      schema: project.value("historySchema") ?? HISTORY_SCHEMA,
      database,
      readers: project.value("readers", database) ?? [],
    };
  }

  /**
   * How a run of one database behaves.
   *
   * @throws {Failure} `settings/*`.
   */
  async runOptions(database: string, typed: RunChoice): Promise<RunOptions> {
    return runOptions(typed, { project: await this.project(), database });
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
    const { resolveSettings } = await import("../connection/settings_resolver.ts");
    const { databaseUrl: urls = [] } = this.options;
    return await resolveSettings(await this.#question(database, urls));
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
    const { resolveDirect } = await import("../connection/settings_resolver.ts");
    const { directUrl: urls = [] } = this.options;
    return await resolveDirect(await this.#question(database, urls));
  }

  async #question(database: string, urls: readonly string[]): Promise<SettingsQuestion> {
    const project = await this.project();
    const { databaseUrl = [] } = this.options;
    return {
      database,
      databases: (await this.source()).databases,
      urls,
      configured: (key) => {
        // It leads around the pooler before another server than the one that was typed.
        if (key === "directUrl" && databaseUrl.length > 0) return undefined;
        const text = project.value(key, database);
        return text === undefined ? undefined : { text, origin: project.originOf(key, database)! };
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
    const { query } = this.output;
    return query === undefined ? connector : tellingConnector(connector, query);
  }

  /** Warns, unless the same was said before: several databases mostly have one server. */
  warnOnce(warning: string): void {
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    this.output.warn(warning);
  }
}
