/**
 * The companion of a run, for migrations that queue, need or end batched ones.
 *
 * @module
 */

import type { Report } from "../background/event.ts";
import type { Standing } from "../background/standing.ts";
import type { OwnCode } from "../background/code/own_code.ts";
import type { FinalizeMode } from "../background/finalize.ts";
import type { Connector } from "../connection/session.ts";
import type { Target } from "./product.ts";
import type { Companion } from "../runner/companion.ts";
import { systemClock } from "../runtime/clock.ts";
import { identity } from "../runtime/process.ts";
import { VERSION } from "../version.ts";

/** What to do about a batched migration that must be finished and is not. */
export interface FinalizeChoice {
  /** Default: `run`. */
  readonly finalize?: FinalizeMode;
  /** Milliseconds; default: as long as it takes. */
  readonly finalizeDeadline?: number;
}

/** One that loads what it needs when the first such migration is run. */
export function companionOf(
  { set, history, connector }: Pick<Target, "set" | "history"> & { readonly connector: Connector },
  { finalize: mode = "run", finalizeDeadline: deadline, report = () => {}, code, watch }:
    & FinalizeChoice
    & {
      /** For finishing those that are written in TypeScript. */
      readonly code?: OwnCode | undefined;
      /** Told what is done to finish one. */
      readonly report?: Report;
      /** Asked when one must be finished first: who is then told, now and then, how far it is. */
      readonly watch?: () => Promise<(standing: Standing) => void>;
    } = {},
): Companion {
  const { who: user, host, pid } = identity();
  const who = `${user}@${host}`;
  let loading: Promise<Companion> | undefined;
  let loaded: Companion | undefined;
  const load = async () => {
    const { backgroundCompanion } = await import("../background/companion.ts");
    return loaded = backgroundCompanion({
      name: history,
      background: set.background,
      who,
      toolVersion: VERSION,
      report,
      async finalize({ name, arguments: given }, signal) {
        const { finalize } = await import("../background/finalize.ts");
        const { workerOptions } = await import("../background/work_on.ts");
        const crew = {
          name: history,
          connector,
          process: `${host}:${pid}`,
          who,
          clock: systemClock,
          report,
          signal,
          isThrottled: true,
          code,
        };
        const which = { name, arguments: given };
        const onProgress = await watch?.();
        return await finalize({
          ...workerOptions(crew, 1),
          which,
          mode,
          deadline,
          workers: 1,
          way: "up",
          ...(onProgress ? { onProgress } : {}),
        });
      },
    });
  };
  return {
    prepare: async (step, surroundings) =>
      await (await (loading ??= load())).prepare(step, surroundings),
    explain: (step, error) => loaded?.explain(step, error),
  };
}
