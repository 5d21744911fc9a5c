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
import {
  batchedIdentity,
  type BatchedReference,
  resolveReference,
} from "../../definition/batched/batched_reference.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import { Failure, throwCollected } from "../../failure.ts";
import { migrationLabel, type Step } from "../../plan/plan.ts";
import type { BackgroundReporter } from "../state/event.ts";
import { ensureTables } from "../state/ensure_tables.ts";
import { transaction } from "../state/background_transaction.ts";
import {
  assertFinished,
  type QueueCause,
  queueMigration,
  RESET_SEARCH_PATH,
} from "../state/queue_sql.ts";
import { deleteMigration, undeleteMigration, unqueueMigration } from "../state/delete_sql.ts";
import type { BackgroundTables, BatchedDirection } from "../state/rows.ts";
import { parseQualifiedName } from "../../sql/qualified_name.ts";
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
        return [RESET_SEARCH_PATH, ...downStatements(step.definition, { name, who })];
      }
      const awaited = (metadata.finalizes ?? []).map((one) => resolved(one, background));
      for (const declaration of awaited) {
        await options.finalize({ ...declaration, direction: "up" }, signal).catch((reason) => {
          throw needed(reason, { step, database: name.database });
        });
      }
      await examineQueued(session, { ...options, step });
      return [
        RESET_SEARCH_PATH,
        ...awaited.flatMap((declaration) => assertFinished(name, { declaration, cause })),
        ...upStatements(step.definition, {
          ...options,
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
    const declaration = resolved(reference, background);
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

function resolved(
  reference: BatchedReference,
  background: readonly BatchedMigration[],
): BatchedMigration {
  const found = resolveReference(reference, background);
  if (found !== undefined) return found;
  throw new Failure(
    "background/unknown",
    `There is no declaration of the batched migration ${reference.name} at hand.`,
    { hint: `Use the program that carries background/${reference.name}.yaml.` },
  );
}

function upStatements(
  definition: Definition,
  { name, background, cause, following }: MigrationHooksOptions & {
    readonly cause: QueueCause;
    readonly following: readonly Step[];
  },
): readonly string[] {
  const { deletes = [], queues = [] } = definition.metadata;
  return [
    ...deletes.map((one) =>
      deleteMigration(name, { declaration: resolved(one, background), cause })
    ),
    ...queues.map((one) => {
      const declaration = resolved(one, background);
      const waivedFor = queuedAnew(declaration, { background, following });
      return queueMigration(name, { declaration, cause, waivedFor });
    }),
  ];
}

/**
 * The later migration of this run that queues the same batched migration again, if none in between
 * needs it finished. Queueing it now would be useless.
 */
function queuedAnew(
  declaration: BatchedMigration,
  { background, following }: {
    readonly background: readonly BatchedMigration[];
    readonly following: readonly Step[];
  },
): bigint | undefined {
  const wanted = batchedIdentity(declaration);
  const isMeant = (reference: BatchedReference) => {
    const found = resolveReference(reference, background);
    return found !== undefined && batchedIdentity(found) === wanted;
  };
  for (const { direction, definition: { version, metadata } } of following) {
    if (direction === "down") return undefined;
    if (metadata.finalizes?.some(isMeant)) return undefined;
    if (metadata.queues?.some(isMeant)) return version;
  }
  return undefined;
}

/**
 * Reads what the migration queued when it was applied: the declaration may have been deleted since.
 */
function downStatements(
  { version, metadata: { queues = [], deletes = [] } }: Definition,
  { name, who }: { readonly name: BackgroundTables; readonly who: string },
): readonly string[] {
  const names = (
    references: readonly BatchedReference[],
  ) => [...new Set(references.map((one) => one.name))];
  return [
    ...names(queues).map((one) => unqueueMigration(name, { name: one, version, who })),
    ...names(deletes).map((one) => undeleteMigration(name, { name: one, version, who })),
  ];
}
