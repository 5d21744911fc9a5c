/**
 * migrator as a library.
 *
 * An application applies migrations, asks about them, and reverts them:
 *
 * ```ts
 * import { migrate, pending } from "@migrator/migrator";
 *
 * const options = { migrations: "migrations", databases: ["codeintel"], connection: "pglite:memory" };
 * const [waiting] = await pending(options);
 * console.log(`${waiting?.migrations.length} migrations are pending`);
 * const [result] = await migrate(options);
 * console.log(result?.applied); // [{ version, name, milliseconds }, …]
 * ```
 *
 * A service does so when it starts, if RUN_DATABASE_MIGRATIONS says yes:
 *
 * ```ts
 * import { migrateOnStartup } from "@migrator/migrator";
 *
 * const { databases } = await migrateOnStartup({
 *   migrations: "migrations",
 *   databases: ["codeintel"],
 *   connection: "pglite:memory", // default: variables such as DATABASE_URL
 *   environment: { RUN_DATABASE_MIGRATIONS: "true", LOG_LEVEL: "warn" },
 * });
 *
 * for (const { database, applied } of databases) {
 *   console.log(`${database}: ${applied.length} migrations applied`);
 * }
 * ```
 *
 * A service waits until another process has migrated. Its role needs read access only:
 *
 * ```ts
 * import { type Failure, waitUntilMigrated } from "@migrator/migrator";
 *
 * try {
 *   await waitUntilMigrated({
 *     migrations: "migrations",
 *     databases: ["codeintel"],
 *     connection: "postgres://reader@127.0.0.1:1/shop", // refuses connections
 *     timeout: 0, // milliseconds; default: five minutes
 *   });
 * } catch (error) {
 *   const { code, message, hint } = error as Failure;
 *   if (code !== "status/not-ready") throw error;
 *   console.error(message, hint); // start without the database, or exit
 * }
 * ```
 *
 * A batched migration in TypeScript does work that SQL cannot do; a service runs its workers. What a
 * sub-batch sends by `sql` commits together with the progress of the batch, so it takes effect
 * exactly once, even when the process crashes. Other effects, including those of `job.database()`,
 * happen at least once; their receivers can detect a repetition by `idempotencyKey`:
 *
 * ```ts
 * import * as migrator from "@migrator/migrator";
 *
 * const pinImages = migrator.defineBatchedMigration({
 *   name: "pin_images",
 *   database: "codeintel",
 *   table: "codeintel_indexers",
 *   filter: "image NOT LIKE '%@%'",
 *   arguments: { registry: "text", algorithm: { is: ["sha256", "sha512"], default: "sha256" } },
 *   async perform(job) {
 *     const { registry, algorithm } = job.arguments; // string, "sha256" | "sha512"
 *     await job.eachSubBatch(async (sub) => {
 *       for (const { name, image } of await sub.query`
 *         SELECT name, image FROM codeintel_indexers WHERE ${sub.rows()}`) {
 *         const digest = `${algorithm}:${registry.length + image!.length}`; // ask the registry here
 *         await sub.sql`UPDATE codeintel_indexers SET image = ${`${image}@${digest}`}
 *           WHERE name = ${name}`;
 *       }
 *     });
 *   },
 * });
 *
 * const shop = {
 *   migrations: "migrations",
 *   databases: ["codeintel"],
 *   connection: "pglite:memory",
 *   environment: { RUN_DATABASE_MIGRATIONS: "true", LOG_LEVEL: "warn" },
 *   jobs: [pinImages],
 * };
 * await migrator.migrateOnStartup(shop);
 * // A schema migration can queue it by `queues: [{ name: pin_images, … }]`; this queues it by hand:
 * await migrator.runCli({
 *   argv: ["background", "queue", "pin_images", "--arguments", '{"registry":"ghcr"}', "--quiet"],
 *   environment: { DATABASE_URL: "pglite:memory" },
 *   jobs: [pinImages],
 * });
 * const [worked] = await migrator.workInBackground({ ...shop, until: "done" }); // default: forever
 *
 * console.log(`${worked?.batches} batches done, ${worked?.unfinished} migrations unfinished`);
 * ```
 *
 * The parts can be used separately: read migrations, plan, run, and receive events:
 *
 * ```ts
 * import * as migrator from "@migrator/migrator";
 *
 * const database = "codeintel";
 * const source = await migrator.openDirectory("migrations");
 * const { definitions } = await source.load(database);
 * const graph = migrator.buildGraph(definitions, { database });
 *
 * const events: string[] = [];
 * const { done } = await migrator.run({
 *   history: { schema: migrator.HISTORY_SCHEMA, database },
 *   connector: await migrator.connectorFor({ kind: "embedded", directory: undefined }),
 *   runner: { who: "me", host: "here", pid: 1, toolVersion: migrator.VERSION },
 *   options: migrator.RUN_DEFAULTS,
 *   clock: migrator.systemClock,
 *   report: (event) => events.push(event.type),
 *   signal: new AbortController().signal,
 *   plan: (history) => migrator.planUp({ database, graph, history }),
 * });
 *
 * console.log(`${done.length} of ${definitions.length} migrations applied`, events);
 * ```
 *
 * Every expected error is a `Failure` with a `code`, a `hint` and the exit status of the command
 * line; several errors at once are `Failures`. No function of this module ends the process.
 *
 * @module
 */

// Migrating, and asking about it.
export { migrate, rollback } from "./src/library/migrate.ts";
export type {
  FinishedMigration,
  MigrateOptions,
  MigrateResult,
  RollbackOptions,
  RollbackResult,
} from "./src/library/migrate.ts";
export { pending, plan, status } from "./src/library/status.ts";
export type {
  MigrationReport,
  PendingResult,
  PlannedMigration,
  PlanResult,
  StatusResult,
} from "./src/library/status.ts";
export { fromEnvironment } from "./src/library/from_environment.ts";
export type { MigratorOptions, NamedMigration } from "./src/library/migrator_options.ts";
export type { MigrationState } from "./src/plan/database_status.ts";
export type {
  Connection,
  ConnectionParameters,
  Password,
  PgClient,
  PostgresClient,
} from "./src/library/connection.ts";
export { memorySource } from "./src/source/memory.ts";
export type { MemoryMigration } from "./src/source/memory.ts";

// Databases for the tests of an application.
export { assertQueued, testDatabases } from "./src/library/test_databases.ts";
export type {
  EmbeddedClient,
  TestConnection,
  TestDatabase,
  TestDatabases,
  TestDatabasesOptions,
} from "./src/library/test_databases.ts";

// Migrating when an application starts.
export { migrateOnStartup } from "./src/library/migrate_on_startup.ts";
export type {
  StartedDatabase,
  StartupOptions,
  StartupResult,
} from "./src/library/migrate_on_startup.ts";
export { waitUntilMigrated } from "./src/library/wait_until_migrated.ts";
export type { ReadyDatabase, WaitUntilMigratedOptions } from "./src/library/wait_until_migrated.ts";
export type { ApplicationOptions } from "./src/library/application.ts";
export type { RegisteredDefinitions } from "./src/background/jobs/job_registry.ts";
export type { Environment } from "./src/workspace/workspace.ts";
export type { Logger } from "./src/library/logger.ts";
export type { LogLevel } from "./src/report/verbosity.ts";
export type { JsonRecord } from "./src/report/json_object.ts";

// Batched migrations in TypeScript, and workers in an application.
export { defineBatchedMigration } from "./src/background/jobs/define_batched_migration.ts";
export type {
  BatchedMigrationOptions,
  DefinedMigration,
  NoParameters,
  Time,
} from "./src/background/jobs/define_batched_migration.ts";
export { defineBatchingStrategy } from "./src/background/jobs/define_batching_strategy.ts";
export type {
  BatchingStrategyOptions,
  DefinedStrategy,
  NextBatch,
} from "./src/background/jobs/define_batching_strategy.ts";
export type {
  BatchedJob,
  DistinctSubBatch,
  JobRow,
  JobSql,
  JobSubBatch,
  OtherDatabase,
} from "./src/background/jobs/job.ts";
export { BadData, BatchGivenBack, JobMisuse } from "./src/background/worker/job_error.ts";
export { ident, json } from "./src/background/jobs/sql_fragment.ts";
export type { SqlFragment, SqlValue } from "./src/background/jobs/sql_fragment.ts";
export type {
  ArgumentKind,
  ArgumentsOf,
  JobParameter,
  JobParameters,
  ValueOf,
} from "./src/definition/batched/batched_parameters.ts";
export type { JobArgument, JobArguments } from "./src/definition/batched/job_arguments.ts";
export type {
  BatchedMigration,
  StrategyName,
  Throttling,
} from "./src/definition/batched/batched_migration.ts";
export { workInBackground } from "./src/library/work_in_background.ts";
export type { BackgroundOptions, WorkedDatabase } from "./src/library/work_in_background.ts";
export type { BackgroundEvent, MigrationLabel } from "./src/background/state/event.ts";

// The command line inside a program.
export { runCli } from "./src/cli/run_cli.ts";
export type { CliOptions } from "./src/cli/run_cli.ts";
export { compileExecutable } from "./src/workspace/compile_executable.ts";
export type { CompileExecutableOptions } from "./src/workspace/compile_executable.ts";

// Errors.
export { EXIT, Failure, Failures } from "./src/failure.ts";
export type { Code, Family, Place } from "./src/failure.ts";

// Migrations and their graph.
export { openDirectory } from "./src/source/disk.ts";
export type { Listed } from "./src/definition/layouts/listed.ts";
export type { CodeDefinitions, LoadOptions, ReleaseFile, Source } from "./src/source/source.ts";
export type { KnownScript, KnownScripts } from "./src/definition/migration/script.ts";
export type {
  Definition,
  DefinitionSet,
  Direction,
  FileTransaction,
  LayoutName,
  Metadata,
  Origin,
  Script,
  ScriptDefects,
  Squash,
  Statement,
  TransactionMode,
  TransactionPolicy,
} from "./src/definition/migration/definition.ts";
export { buildGraph } from "./src/graph/graph.ts";
export type { Graph } from "./src/graph/graph.ts";

// The history, and plans.
export { HISTORY_SCHEMA } from "./src/history/schema.ts";
export { EMPTY_HISTORY } from "./src/history/history.ts";
export type { History, ReaderPrivileges, StateName, VersionState } from "./src/history/history.ts";
export { readHistory } from "./src/history/read_history.ts";
export type { HistoryName } from "./src/history/history_name.ts";
export { planUp } from "./src/plan/up.ts";
export { planDown, planRedo, planUndo } from "./src/plan/down.ts";
export type { Plan, PlanInput, Step } from "./src/plan/plan.ts";

// Connecting to a server.
export { resolveSettings } from "./src/connection/settings/resolve_settings.ts";
export type { SettingsInput } from "./src/connection/settings/resolve_settings.ts";
export type {
  EmbeddedSettings,
  Host,
  ServerSettings,
  Settings,
  SettingsOrigin,
  SslMode,
  TargetSession,
  TlsVersion,
} from "./src/connection/settings/settings.ts";
export { connectorFor } from "./src/workspace/connector.ts";
export type { PasswordSource } from "./src/workspace/rotating_password.ts";
export type {
  Answer,
  AnsweredQuery,
  Connector,
  Notice,
  OpenOptions,
  PipelineOptions,
  PipelineResult,
  Pooling,
  Row,
  ServerError,
  ServerFacts,
  Session,
  TransactionBlock,
} from "./src/connection/session/session.ts";

// Running.
export { run } from "./src/runner/execute/run.ts";
export type { Run, RunResult, StepExecutor } from "./src/runner/execute/run.ts";
export type {
  IndexEvent,
  ResumeEvent,
  RunEvent,
  RunReporter,
  StepLabel,
} from "./src/runner/context/event.ts";
export type { RunContext, RunOptions } from "./src/runner/context/run_context.ts";
export { RUN_DEFAULTS } from "./src/workspace/run_options.ts";
export { systemClock } from "./src/runtime/clock.ts";
export type { Clock } from "./src/runtime/clock.ts";
export { VERSION } from "./src/version.ts";

// Types that the signatures above use.
export type { BatchedMigrationStatus, JobStatus } from "./src/background/state/state_machine.ts";
export type { Cursor } from "./src/background/strategy/strategy.ts";
export type { StopCondition } from "./src/background/worker/worker.ts";
export type { HeldLock, LockHolder } from "./src/connection/lock/advisory_lock.ts";
export type {
  ConnectionStringSource,
  LayersInput,
} from "./src/connection/settings/settings_layers.ts";
export { STRATEGIES } from "./src/definition/batched/batched_migration.ts";
export type { Hole, SqlTemplate } from "./src/definition/batched/sql_template.ts";
export type { LayoutReading } from "./src/definition/layouts/layout.ts";
export type { Lineage } from "./src/definition/migration/version.ts";
export type { GraphOptions } from "./src/graph/defects.ts";
export type { Runner } from "./src/history/attempt.ts";
export type { DownTarget } from "./src/plan/down.ts";
export type { StepContext, StepHooks } from "./src/plan/step_hooks.ts";
export type { Blocker } from "./src/runner/context/blocker.ts";
export type { IndexProgress } from "./src/runner/context/index_progress.ts";
export type { InheritedSetting } from "./src/runner/context/inherited_settings.ts";
export type { CompletedStep } from "./src/runner/execute/completed_step.ts";
export type { ConcurrentIndex } from "./src/sql/concurrent_index.ts";
export type { Resumable, WrittenName } from "./src/sql/resumable.ts";
export { JOB_STATUS, MIGRATION_STATUS } from "./src/background/state/state_machine.ts";
export { Secret } from "./src/connection/settings/secret.ts";
export type { BatchedReference } from "./src/definition/batched/batched_reference.ts";
export { EXIT_OF_FAMILY } from "./src/failure.ts";
export { LAYOUT_NAMES } from "./src/definition/migration/definition.ts";
export type { Storable } from "./src/sql/storable.ts";
