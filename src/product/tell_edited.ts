/**
 * A word about applied migrations whose files were edited since.
 *
 * @module
 */

import type { Session } from "../connection/session.ts";
import { readDetails } from "../history/store.ts";
import { editedSince } from "../plan/edited.ts";
import type { Plan } from "../plan/plan.ts";
import type { Product, Target } from "./product.ts";

/**
 * Looks only when the plan has something to run: an `up` with nothing to do stays two queries.
 *
 * @throws {Failure} `history/other-product`.
 */
export async function tellEdited(
  product: Product,
  { name, graph, history }: Target,
  { plan, session }: { readonly plan: Plan; readonly session: Session },
): Promise<Plan> {
  if (plan.steps.length === 0) return plan;
  const details = await readDetails(session, history);
  const edited = editedSince({ database: name, graph }, details).map(({ version }) => version);
  if (edited.length > 0) {
    product.warnOnce(
      `${edited.length} applied migration${edited.length === 1 ? " was" : "s were"} edited in ` +
        `database "${name}" since: ${edited.slice(0, 5).join(", ")}` +
        `${edited.length > 5 ? ", …" : ""}. What ran is not run again. See: migrator status`,
    );
  }
  return plan;
}
