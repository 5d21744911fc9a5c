/**
 * Reports how far an index build has come.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import { toIndexProgress } from "../context/index_progress.ts";
import { labelOf, type RunContext } from "../context/run_context.ts";

/**
 * Tells how far an index build has come.
 *
 * @param seen.build A row of `indexProgressQuery`.
 * @param seen.began `clock.elapsed()` when it was first looked for.
 */
export function reportIndexProgress(
  { clock, history, report }: RunContext,
  step: Step,
  { build, began }: { readonly build: Row; readonly began: number },
): void {
  report({
    database: history.database,
    type: "progress",
    step: labelOf(step),
    ...toIndexProgress(build),
    seconds: Math.round((clock.elapsed() - began) / 1_000),
  });
}
