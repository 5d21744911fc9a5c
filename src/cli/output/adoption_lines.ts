// Pure.
/**
 * What `adopt` found, as lines for people.
 *
 * @module
 */

import type { AdoptionPlan } from "../../adoption/plan_adoption.ts";
import { formatCount } from "../../format/count.ts";
import { migrationLabel } from "../../plan/plan.ts";
import type { Style } from "../../report/style.ts";

/**
 * What does not agree always, and with `all` every migration that would be recorded; then a line that
 * counts them.
 */
export function adoptionLines(
  { steps, match }: AdoptionPlan,
  { all, style }: { readonly all: boolean; readonly style: Style },
): readonly string[] {
  const line = (word: string, text: string) => `${word.padEnd(8)} ${text}`;
  const odd = (word: string, text: string) => `${style.caution(word.padEnd(8))} ${text}`;
  const { applied = [], unsettled = [], missing = [], skipped = [], pending = [] } = match ?? {};
  const counts = [
    `${formatCount(steps.length, "migration")} to record`,
    ...(match === undefined ? [] : [`${pending.length} pending`]),
    ...(missing.length === 0 ? [] : [`${missing.length} not among the files`]),
  ];
  return [
    ...(all ? steps.map(({ definition }) => line("applied", migrationLabel(definition))) : []),
    ...applied.filter(({ isEdited }) => isEdited).map(({ definition }) =>
      odd("edited", `${migrationLabel(definition)}: the file is not what was applied`)
    ),
    ...unsettled.map(({ definition, entry }) =>
      odd(entry.state, `${migrationLabel(definition)}${entry.remark ? `: ${entry.remark}` : ""}`)
    ),
    ...missing.map(({ key }) => odd("missing", `${key} is in the table, and not among the files`)),
    ...skipped.map((definition) =>
      odd("skipped", `${migrationLabel(definition)}: later ones are applied; up will run it`)
    ),
    ...(all
      ? pending.filter((one) => !skipped.includes(one))
        .map((definition) => line("pending", migrationLabel(definition)))
      : []),
    counts.join(", "),
  ];
}
