/**
 * Runs `queues`, `finalizes` and `deletes` of schema migrations. It queues and deletes inside the
 * migration's transaction. It finalizes before that transaction and asserts the finished state
 * again inside it. Before a migration is reverted, it runs the `down` of what that one queued.
 *
 * @module
 */

import { representableValue } from "../../history/representable.ts";
import type { ServerError, Session } from "../../connection/session/session.ts";
import type { BatchedMigration } from "../../definition/batched/batched_migration.ts";
import { Failure, throwCollected } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { BackgroundReporter } from "../state/event.ts";
import { ensureTables } from "../state/ensure_tables.ts";
import { CATALOG_SEARCH_PATH } from "../../connection/session/begin_statement.ts";
import { transaction } from "../state/background_transaction.ts";
import type { BackgroundTables, BatchedDirection } from "../state/rows.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
import { declaredAs, downStatements, upStatements } from "./hook_statements.ts";
import { examineTable } from "../strategy/plan_scan.ts";
import { refusals } from "../strategy/finding.ts";
import { type BatchedIdentity, undoQueued } from "./undo.ts";

/**
 * Returns when a batched migration is finalized that runs in this direction.
 *
 * @throws {Failure} It could not be finalized.
 */
export type Finalize = (
  which: BatchedIdentity & { readonly direction: BatchedDirection },
  signal: AbortSignal,
) => Promise<unknown>;

/** What the hooks need. */
export interface MigrationHooksOptions {
  readonly name: BackgroundTables;
  readonly background: readonly BatchedMigration[];
  /** The actor in events: `app@host`. */
  readonly who: string;
  readonly toolVersion: string;
  readonly finalize: Finalize;
  readonly report: BackgroundReporter;
}

interface Surroundings {
  readonly session: Session;
  readonly following: readonly Step[];
  readonly signal: AbortSignal;
}

/** Creates the hooks of a run. */
export function migrationHooks(options: MigrationHooksOptions) {
  const { name, background, toolVersion } = options;
  return {
    async prepare(step: Step, { session, following, signal }: Surroundings) {
      const { version, metadata } = step.definition;
      const who = await representableValue(session, options.who);
      const cause = { version, who, toolVersion };
      await ensureTables(session, name);
      if (step.direction === "down") {
        await undoQueued(session, step.definition, {
          name,
          who,
          toolVersion,
          finish: (identity) => options.finalize({ ...identity, direction: "down" }, signal),
        }).catch((reason) => {
          throw needed(reason, { step, database: name.database });
        });
        return [CATALOG_SEARCH_PATH, ...downStatements(step.definition, { name, who })];
      }
      const awaited = (metadata.finalizes ?? []).map((one) => declaredAs(one, background));
      for (const declaration of awaited) {
        await options.finalize({ ...declaration, direction: "up" }, signal).catch((reason) => {
          throw needed(reason, { step, database: name.database });
        });
      }
      await examineQueued(session, { ...options, step });
      return [
        CATALOG_SEARCH_PATH,
        ...upStatements(step.definition, {
          name,
          background: await representableValue(session, background),
          cause,
          following,
        }),
      ];
    },

    explain(step: Step, { sqlstate }: ServerError): Failure | undefined {
      const names = step.definition.metadata.finalizes?.map((one) => one.name).join(", ");
      if (sqlstate !== DIVISION_BY_ZERO || names === undefined) return undefined;
      return new Failure(
        "background/unfinished",
        `Migration ${
          migrationLabel(step.definition)
        } of "${name.database}" needs the batched migration ` +
          `${names} to have come to its end, and it no longer has: somebody changed its state ` +
          "meanwhile.",
        {
          hint: `Run the same command again. See: migrator background list --db ${name.database}`,
          place: { file: step.script.path },
        },
      );
    },
  };
}

/** Adds to a failure the schema migration that it blocks. */
function needed(
  reason: unknown,
  { step, database }: { readonly step: Step; readonly database: string },
): unknown {
  if (!(reason instanceof Failure) || !reason.code.startsWith("background/")) return reason;
  const { code, message, hint, facts, cause } = reason;
  const { definition, script } = step;
  return new Failure(
    code,
    `Migration ${migrationLabel(definition)} of "${database}" was not run. ${message}`,
    { ...(hint === undefined ? {} : { hint }), facts, cause, place: { file: script.path } },
  );
}

/**
 * Examines the tables before migrations are queued for them. A refusal stops the schema migration.
 * If the schema migration has statements of its own, they may fix the cause, so a refusal is a
 * warning there and the worker examines the table again.
 */
async function examineQueued(
  session: Session,
  { name: { database }, step, background, report }: MigrationHooksOptions & { readonly step: Step },
): Promise<void> {
  const mayMend = step.script.statements.length > 0;
  for (const reference of step.definition.metadata.queues ?? []) {
    const declaration = declaredAs(reference, background);
    const { findings } = await transaction(session, () => examineTable(session, declaration));
    if (!mayMend) throwCollected(refusals(findings, declaration));
    if (await isCreatedHere(step, declaration)) continue;
    for (const { code, level, message, hint } of findings) {
      const unless = level === "refuse"
        ? " No worker can walk it unless this migration mends that."
        : "";
      const { name } = declaration;
      report({ type: "finding", database, name, level, code, message: message + unless, hint });
    }
  }
}

/** Whether the migration itself creates the table, which cannot be examined before. */
async function isCreatedHere(step: Step, { table }: BatchedMigration): Promise<boolean> {
  const { touchedTables } = await import("../../adoption/touched_tables.ts");
  const { schema = "public", name } = parseQualifiedName(table)!;
  const touched = await touchedTables(await step.script.read());
  return touched.some((one) =>
    one.touch === "create" && one.name === name &&
    (one.schema ?? one.searchPath?.[0] ?? "public") === schema
  );
}

/** The SQLSTATE of failed assertions. */
const DIVISION_BY_ZERO = "22012";
