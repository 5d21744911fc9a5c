/**
 * `validate`
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { Command } from "commander";
import type { Definition, Script } from "../../definition/migration/definition.ts";
import { Failure, failuresIn, throwCollected } from "../../failure.ts";
import { migrationLabel } from "../../plan/plan.ts";
import type { GlobalOptions, Invocation } from "../invocation/invocation.ts";
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
      await validateMigrations(invocation);
      invocation.output.finished({ source: (await invocation.source()).label });
    });
}

/**
 * Reads the migrations of the chosen databases, and prints a line for each.
 *
 * @throws {Failure | Failures} Every defect that was found.
 */
export async function validateMigrations(invocation: Invocation): Promise<void> {
  const { output } = invocation;
  (await invocation.source()).verify?.();
  const failures: Failure[] = [];
  for (const name of await invocation.databases()) {
    try {
      const { set, graph } = await invocation.target(name);
      throwCollected(blocking(set.definitions));
      for (const { path } of mixedBuilds(set.definitions)) {
        output.warn(
          `${path} builds an index concurrently beside other statements: it runs statement by ` +
            "statement, outside a transaction. In a migration of its own a failed build can be " +
            "repeated by itself",
        );
      }
      for (const { path, transactions = [] } of scriptsOf(set.definitions)) {
        if (transactions.length === 0) continue;
        output.warn(
          `${path} begins or ends transactions itself: it is committed in parts, each with its ` +
            "count of statements, and not as a whole",
        );
      }
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
}

/** Every defect, with a word about what it is in the way of. */
function blocking(definitions: readonly Definition[]): readonly Failure[] {
  return definitions.flatMap((definition) =>
    (["up", "down"] as const).flatMap((direction) =>
      (definition.defects?.[direction] ?? []).map((defect) => {
        const label = migrationLabel(definition);
        const consequence = direction === "up"
          ? `Databases that have applied ${label} are not affected; others stop before it.`
          : `Until then ${label} can be applied, and not taken back.`;
        return new Failure(defect.code, defect.message, {
          hint: defect.hint === undefined ? consequence : `${defect.hint} ${consequence}`,
          ...(defect.place ? { place: defect.place } : {}),
          facts: { ...defect.facts, blocks: direction, version: String(definition.version) },
        });
      })
    )
  );
}

/** Scripts that have more than the one concurrent build of an index. */
function mixedBuilds(definitions: readonly Definition[]): readonly Script[] {
  return scriptsOf(definitions).filter(({ statements }) =>
    statements.length > 1 && statements.some((one) => one.concurrentIndex !== undefined)
  );
}

function scriptsOf(definitions: readonly Definition[]): readonly Script[] {
  return definitions.flatMap(({ up, down }) => down === undefined ? [up] : [up, down]);
}
