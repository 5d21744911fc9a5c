/**
 * Reports whether the connection passes through a pooler, and its pooling mode.
 *
 * @module
 */

import type { Pooling } from "../../connection/session/session.ts";
import { type CheckResult, makeCheck, ok, warn } from "../check/check.ts";

export const poolerCheck = makeCheck({
  name: "pooler",
  embedded: false,
  read: (_session, { pooling }) => pooling(),
  judge: judgePooling,
});

/** A run works through a pooler, with restrictions. */
export function judgePooling(pooling: Pooling): readonly CheckResult[] {
  switch (pooling) {
    case "none":
      return ok("no pooler is in between");
    case "session":
      return ok("a pooler is in between, and keeps sessions whole");
    case "transaction":
      return warn(
        "a pooler is in between and gives each transaction another session: what cannot run inside " +
          "a transaction is refused through it",
        "Give a way around it: --direct-url postgres://… (or DIRECT_URL)",
      );
    case "unknown":
      return warn(
        "a pooler is in between, too busy to tell what it does with sessions",
        "Look again when there is less to do, or go around it: --direct-url postgres://…",
      );
  }
}
