/**
 * Reports the progress of an index build.
 *
 * @module
 */

import type { Row } from "../../connection/session/session.ts";
import type { Step } from "../../plan/plan.ts";
import { toIndexProgress } from "../context/index_progress.ts";
import { labelOf, type RunContext } from "../context/run_context.ts";

/**
 * Reports the progress of an index build as an event.
 *
 * @param progress.build A row of `indexProgressQuery`.
 * @param progress.began The value of `clock.elapsed()` when the build was first looked for.
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
