/**
 * Whether our tables can be written without running anything of somebody else's, and are all there.
 *
 * @module
 */

import { refuseIncomplete } from "../../history/incomplete.ts";
import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { look, makeCheck, ok } from "../check/check.ts";

/** What a run would refuse with `history/untrusted` or `history/incomplete` is said in the same words. */
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
