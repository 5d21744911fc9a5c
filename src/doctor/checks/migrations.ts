/**
 * Checks whether the migration files can be run.
 *
 * @module
 */

import type { Definition } from "../../definition/migration/definition.ts";
import { appliedVersions } from "../../history/history.ts";
import { type CheckResult, fail, makeCheck, warn } from "../check/check.ts";

/** The migrations, and which of them are applied. */
export interface CheckedMigrations {
  readonly database: string;
  readonly definitions: readonly Definition[];
  readonly applied: ReadonlySet<bigint>;
}

export const migrationsCheck = makeCheck({
  name: "migrations",
  embedded: true,
  read: async (_session, { graph, past, history: { database } }): Promise<CheckedMigrations> => {
    const definitions = graph?.ordered.filter(({ defects }) => defects !== undefined) ?? [];
    // Without a defect nobody needs to know what is applied.
    const applied = definitions.length === 0 ? new Set<bigint>() : appliedVersions(await past());
    return { database, definitions, applied };
  },
  judge: judgeMigrations,
});

/** A defect fails the run that `up` would do; the others only stop what would run them. */
export function judgeMigrations(
  { database, definitions, applied }: CheckedMigrations,
): readonly CheckResult[] {
  const next = `See what it is in the way of: migrator validate --db ${database}`;
  return definitions.flatMap(({ version, defects }) => {
    const found = (message: string) => message.replace(/\.$/, "");
    const up = defects?.up ?? [];
    const down = defects?.down ?? [];
    return [
      ...up.flatMap(({ message }) =>
        applied.has(version) ? warn(found(message), next) : fail(found(message), next)
      ),
      ...down.flatMap(({ message }) => warn(found(message), next)),
    ];
  });
}
