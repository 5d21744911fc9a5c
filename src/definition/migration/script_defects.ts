// Pure.
/**
 * What keeps one direction of a migration from being run.
 *
 * A defect blocks only what would run it: an applied migration is history, and is not judged.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";
import type { Definition, Direction, ScriptDefects } from "./definition.ts";

/** Collects the defects of one migration, and passes each on. */
export class DefectCollector {
  readonly #found: Record<Direction, Failure[]> = { up: [], down: [] };
  readonly #report: (defect: Failure, blocks: Direction) => void;

  constructor(report: (defect: Failure, blocks: Direction) => void) {
    this.#report = report;
  }

  /** What to call with the defects of a direction. */
  reporterFor(direction: Direction): (defect: Failure) => void {
    return (defect) => {
      this.#found[direction].push(defect);
      this.#report(defect, direction);
    };
  }

  /** Undefined without any. */
  get defects(): ScriptDefects | undefined {
    const { up, down } = this.#found;
    if (up.length + down.length === 0) return undefined;
    return { ...(up.length > 0 ? { up } : {}), ...(down.length > 0 ? { down } : {}) };
  }
}

/** Every defect of these migrations, in their order, ways up first. */
export function defectsOf(
  definitions: readonly Pick<Definition, "defects">[],
  directions: readonly Direction[] = ["up", "down"],
): readonly Failure[] {
  return definitions.flatMap(({ defects }) =>
    directions.flatMap((direction) => defects?.[direction] ?? [])
  );
}
