/**
 * `leaves`
 *
 * @module
 */

import type { Command } from "commander";
import type { Definition } from "../../definition/migration/definition.ts";
import { buildGraph, type Graph } from "../../graph/graph.ts";
import { migrationLabel } from "../../plan/plan.ts";
import { chosenDatabases } from "../../workspace/chosen_databases.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

/** Lists the migrations without children. */
export function leavesCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("leaves").helpGroup(GROUPS.inspect)
    .summary("list the migrations without children")
    .description(
      "Lists the leaves of each database: the migrations without children. `add` makes them " +
        "the parents of a new migration. With a revision of git it lists those that there were " +
        "then, whatever the files are now.",
    )
    .argument("[revision]", "a tag, branch or commit of git (default: the files as they are)");
  withExamples(
    withMigrations(command),
    "migrator leaves --db frontend",
    "migrator leaves v1.4.0",
  )
    .action(async (revision: string | undefined, options: GlobalOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const graphs = revision === undefined
        ? await graphsOfFiles(invocation)
        : await graphsAt(invocation, revision);
      for (const [database, graph] of graphs) {
        for (const version of graph.leaves) {
          const definition = graph.get(version)!;
          output.print(`${database} ${migrationLabel(definition)}`);
          output.record({ event: "leaf", database, version, name: definition.name });
        }
      }
      output.finished({});
    });
}

/** By database. */
type Graphs = ReadonlyMap<string, Graph<Definition>>;

async function graphsOfFiles(invocation: Invocation): Promise<Graphs> {
  const graphs = new Map<string, Graph<Definition>>();
  for (const name of await invocation.databases()) {
    graphs.set(name, (await invocation.target(name)).graph);
  }
  return graphs;
}

async function graphsAt(invocation: Invocation, revision: string): Promise<Graphs> {
  const { openRevisionOf } = await import("../../workspace/open_revision_of.ts");
  const { signal } = invocation;
  const { source, dispose } = await openRevisionOf(invocation, { revision, signal });
  try {
    const graphs = new Map<string, Graph<Definition>>();
    for (const name of chosenDatabases(source, invocation.options.db)) {
      const { definitions } = await source.load(name, invocation.defined(name));
      graphs.set(name, buildGraph(definitions, { database: name }));
    }
    return graphs;
  } finally {
    await dispose();
  }
}
