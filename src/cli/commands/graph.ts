/**
 * `graph`
 *
 * @module
 */

import { type Command, Option } from "commander";
import { DRAWINGS } from "../../graph/drawing.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

interface GraphOptions extends GlobalOptions {
  readonly format: keyof typeof DRAWINGS;
}

/** Draws the migrations and their parents. */
export function graphCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("graph").helpGroup(GROUPS.inspect)
    .summary("draw the graph of migrations")
    .description(
      "Draws the graph of each database, newest migration first: as text, as a Mermaid " +
        "flowchart for Markdown, or as a digraph for Graphviz.",
    )
    .addOption(
      new Option("--format <format>", "output format")
        .choices(Object.keys(DRAWINGS)).default("text"),
    );
  withExamples(
    withMigrations(command),
    "migrator graph --db frontend",
    "migrator graph --db frontend --format dot | dot -Tsvg > frontend.svg",
  )
    .action(async (options: GraphOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      const names = await invocation.databases();
      for (const name of names) {
        const { graph } = await invocation.target(name);
        if (options.format === "text" && names.length > 1) output.print(output.style.bold(name));
        output.print(...DRAWINGS[options.format](graph));
        for (const { version, name: title, parents } of graph.ordered) {
          output.record({ event: "migration", database: name, version, name: title, parents });
        }
      }
      output.finished({});
    });
}
