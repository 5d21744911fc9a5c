/**
 * Checks that migrator's tables exist, and that writing to them runs no foreign code.
 *
 * @module
 */

import { refuseIncomplete } from "../../history/incomplete.ts";
import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { look, makeCheck, ok } from "../check/check.ts";

/**
 * Reports what a run would refuse with `history/untrusted` or `history/incomplete`, in the same
 * words.
 */
export const historyTablesCheck = makeCheck({
  name: "history-tables",
  embedded: true,
  read: async (session, { history: name }) => {
    try {
      await look(session, assertTrusted(name, "write"));
      return await refuseIncomplete(session, name);
    } catch (error) {
      throw await untrustedFailure(error, { session, name, touch: "write" });
    }
  },
  judge: () => ok("nobody else's, as far as there are any"),
});
