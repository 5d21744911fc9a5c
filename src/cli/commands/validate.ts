/**
 * `validate`
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Command } from "commander";
import { type Failure, failuresIn, throwCollected } from "../../failure.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import {
  GROUPS,
  type StartInvocation,
  withExamples,
  withMigrations,
} from "../invocation/options.ts";

/** Checks migrations without a server. */
export function validateCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("validate").helpGroup(GROUPS.inspect)
    .summary("check the migration files; needs no server")
    .description(
      "Parses all migrations with PostgreSQL's own parser and checks their graph, metadata " +
        "and transactions. Reports all errors, not only the first. Of an executable " +
        "that carries migrations it compares every byte with the digests inside. Needs no server.",
    );
  withExamples(withMigrations(command), "migrator validate", "migrator validate --migrations ./db")
    .action(async (options: GlobalOptions) => {
      const invocation = begin(options);
      const { output } = invocation;
      (await invocation.source()).verify?.();
      const failures: Failure[] = [];
      for (const name of await invocation.databases()) {
        try {
          const { set, graph } = await invocation.target(name);
          const migrations = set.definitions.length;
          const { leaves } = graph;
          output.print(
            `${name}: ${formatCount(migrations, "migration")}, ` +
              `${formatCount(leaves.length, "leaf", "leaves")}, layout ${set.layout}` +
              (set.background.length > 0 ? `, ${set.background.length} batched` : ""),
          );
          output.record({
            event: "database",
            database: name,
            migrations,
            leaves,
            layout: set.layout,
            background: set.background.map((one) => one.name),
          });
        } catch (error) {
          failures.push(...failuresIn(error));
        }
      }
      throwCollected(failures);
      output.finished({ source: (await invocation.source()).label });
    });
}
