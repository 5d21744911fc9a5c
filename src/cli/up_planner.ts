/**
 * What `up` and `plan` decide by.
 *
 * @module
 */

import { grantCommands } from "../history/readers.ts";
import { schemaInSql } from "../history/schema.ts";
import type { ReaderStanding } from "../history/state.ts";
import { unknownApplied } from "../plan/plan.ts";
import { planUp } from "../plan/up.ts";
import { databasesOf } from "./choose.ts";
import type { Invocation, Target } from "./invocation.ts";
import type { Planner } from "./move.ts";
import { tellEdited } from "./tell_edited.ts";

/**
 * The databases that targets name (all, without targets) and the planner for them. A database that
 * knows more than this program is told of, and is no failure: old and new run side by side.
 */
export async function upPlanner(
  invocation: Invocation,
  targets: readonly bigint[] | undefined,
): Promise<{ readonly names: readonly string[]; readonly planner: Planner }> {
  const wanted = targets && await databasesOf(invocation, targets);
  return {
    names: wanted ? [...wanted.keys()] : await invocation.databases(),
    planner: async (target, { history, session }) => {
      const { name, graph } = target;
      const situation = { database: name, graph, history };
      const newer = unknownApplied(situation);
      if (newer.length > 0) {
        invocation.warnOnce(
          `database "${name}" has applied ${
            newer.join(", ")
          }, which this program does not carry: ` +
            "a newer one was here",
        );
      }
      for (const reader of history.readers ?? []) tellReader(invocation, target, reader);
      const plan = planUp(situation, wanted?.get(name));
      return await tellEdited(invocation, target, { plan, session });
    },
  };
}

/** One that the run cannot help by itself. */
function tellReader(
  invocation: Invocation,
  { name, history: { schema } }: Target,
  reader: ReaderStanding,
): void {
  const { role, problem } = reader;
  if (problem === "not-granted") return;
  const remedy = problem === "absent"
    ? `there is no such role. When it has been created: migrator up --db ${name}`
    : `schema ${schemaInSql(schema)} belongs to another role. Let that one run: ` +
      grantCommands(schema, reader);
  invocation.warnOnce(`reader "${role}" may not read the history of database "${name}": ${remedy}`);
}
