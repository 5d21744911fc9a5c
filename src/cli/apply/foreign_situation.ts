/**
 * The state of a database by the history of another tool, for a script that ends in that history.
 *
 * @module
 */

import { locateHistory } from "../../adoption/locate_history.ts";
import { keyOf, matchHistory } from "../../adoption/match_history.ts";
import { catalogRead } from "../../connection/session/catalog_read.ts";
import type { Session } from "../../connection/session/session.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import { Failure } from "../../failure.ts";
import { appliedVersions, type History, type VersionState } from "../../history/history.ts";
import { isSelfRepairing, migrationLabel, type Step } from "../../plan/plan.ts";
import { needsHooks } from "../../plan/step_hooks.ts";
import { type ForeignWriter, writerOf } from "../../script/foreign_writers.ts";
import type { ForeignTarget } from "../../script/write_foreign_script.ts";
import type { Target } from "../../workspace/workspace.ts";

/** The other tool's history, before it is known what the script does. */
export type ForeignSituation = Omit<ForeignTarget, "steps">;

/** The state that another tool's history tells. */
export interface ForeignState {
  readonly history: History;
  readonly foreign: ForeignSituation;
}

/**
 * Reads the history of a tool, and matches it with the files.
 *
 * @param wish.own What our history says: nothing.
 * @throws {Failure} `plan/foreign-script`, `history/foreign-failed`, `history/no-foreign-history` and
 * others of `locateHistory`.
 */
export async function readForeignState(
  session: Session,
  { target: { name, set, history: where }, own, tool, table }: {
    readonly target: Target;
    readonly own: History;
    readonly tool: string;
    readonly table: string | undefined;
  },
): Promise<ForeignState> {
  const writer = writerOf(tool)!;
  if (appliedVersions(own).size > 0) {
    throw refusal(name, "it has a history of migrator's. Leave out --history");
  }
  const located = await locateHistory(session, { history: where, from: tool, table });
  const { applied, unsettled, missing } = matchHistory(set.definitions, located.history);
  const [stuck] = unsettled;
  if (stuck !== undefined) {
    throw new Failure(
      "history/foreign-failed",
      `No script can be written for database "${name}": ${located.tool.title} calls ` +
        `${migrationLabel(stuck.definition)} ${stuck.entry.state}.`,
      { hint: `See: migrator adopt --from ${tool} --dry-run --db ${name}` },
    );
  }
  if (missing.length > 0) {
    const keys = missing.slice(0, 5).map(({ key }) => key).join(", ");
    throw refusal(name, `${located.tool.title} has applied ${keys}, which the files lack`);
  }
  const [row] = await catalogRead(session, "SELECT current_database() AS place");
  const isNewest = located.history.records === "newest";
  return {
    history: {
      installed: false,
      durable: true,
      versions: new Map(
        applied.map(({ definition }) => [definition.version, appliedAs(definition)]),
      ),
    },
    foreign: {
      title: located.tool.title,
      table: located.table,
      writer,
      lockTable: located.tool.lockTable,
      place: row?.["place"] ?? "",
      applied: applied.filter(({ entry }) => isNewest || entry !== undefined)
        .map(({ definition }) => storedKey(definition, writer)),
    },
  };
}

function appliedAs({ version, up: { checksum } }: Definition): VersionState {
  return { version, state: "applied", direction: "up", checksum };
}

function storedKey(definition: Definition, writer: ForeignWriter): string {
  return writer.stored(keyOf(definition));
}

/**
 * Adds what each step of a plan leaves in the other tool's history.
 *
 * @throws {Failure} `plan/foreign-script`: a step cannot be recorded there.
 */
export function foreignTarget(
  situation: ForeignSituation,
  { steps, ordered, database }: {
    readonly steps: readonly Step[];
    /** The definitions in their order. */
    readonly ordered: readonly Definition[];
    readonly database: string;
  },
): ForeignTarget {
  const applied = new Set(situation.applied);
  return {
    ...situation,
    steps: steps.map((step) => {
      refuseUnrecordable(step, { database, title: situation.title });
      const key = storedKey(step.definition, situation.writer);
      if (step.direction === "up") applied.add(key);
      else applied.delete(key);
      const after = ordered.map((one) => storedKey(one, situation.writer))
        .filter((one) => applied.has(one));
      return { key, direction: step.direction, applied: after };
    }),
  };
}

function refuseUnrecordable(
  step: Step,
  { database, title }: { readonly database: string; readonly title: string },
): void {
  const { definition, script } = step;
  const why = needsHooks(step)
    ? "queues, finalizes or deletes batched migrations"
    : script.transaction === "none" && !isSelfRepairing(script)
    ? "has several statements outside a transaction, which that table cannot count"
    : undefined;
  if (why === undefined) return;
  throw new Failure(
    "plan/foreign-script",
    `Migration ${
      migrationLabel(definition)
    } of "${database}" cannot be recorded in the history of ` +
      `${title}: it ${why}.`,
    {
      hint:
        "Nothing was written. Write the script up to the migration before it: --target VERSION.",
      place: { file: script.path },
      facts: { database, version: String(definition.version) },
    },
  );
}

function refusal(database: string, why: string): Failure {
  return new Failure(
    "plan/foreign-script",
    `No script can end in another tool's history of database "${database}": ${why}.`,
    { hint: `See: migrator status --db ${database}`, facts: { database } },
  );
}
