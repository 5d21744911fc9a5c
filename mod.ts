/**
 * migrator as a library: read migrations, plan, and run.
 *
 * ```ts
 * import * as migrator from "@migrator/migrator";
 *
 * const source = await migrator.openDirectory("migrations");
 * const { definitions } = await source.load("codeintel");
 * const graph = migrator.buildGraph(definitions, { database: "codeintel" });
 * const history = migrator.EMPTY_HISTORY;
 * const plan = migrator.planUp({ database: "codeintel", graph, history });
 *
 * if (plan.steps.length !== definitions.length) throw new Error("an empty database needs them all");
 * ```
 *
 * @module
 */

export { Failure, Failures } from "./src/failure.ts";
export type { Code, Place } from "./src/failure.ts";
export type {
  Definition,
  DefinitionSet,
  Direction,
  Script,
  Statement,
} from "./src/definition/definition.ts";
export { openDirectory } from "./src/source/disk.ts";
export type { Source } from "./src/source/source.ts";
export { buildGraph } from "./src/graph/graph.ts";
export type { Graph } from "./src/graph/graph.ts";
export { EMPTY_HISTORY } from "./src/history/state.ts";
export type { History } from "./src/history/state.ts";
export { planUp } from "./src/plan/up.ts";
export { planDown, planRedo, planUndo } from "./src/plan/down.ts";
export type { Plan, Situation, Step } from "./src/plan/plan.ts";
export { resolveSettings } from "./src/connection/settings_resolver.ts";
export { postgresConnector } from "./src/connection/postgres_connector.ts";
export type { Connector, Session } from "./src/connection/session.ts";
export { run } from "./src/runner/run.ts";
export type { Run, RunResult } from "./src/runner/run.ts";
export type { RunEvent } from "./src/runner/event.ts";
export { VERSION } from "./src/version.ts";
