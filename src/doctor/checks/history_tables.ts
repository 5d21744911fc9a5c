/**
 * Whether our tables can be written without running anything of somebody else's.
 *
 * @module
 */

import { assertTrusted, untrustedFailure } from "../../history/trust.ts";
import { look, makeCheck, ok } from "../check/check.ts";

/** What a run would refuse with `history/untrusted` is said in the same words. */
export const historyTablesCheck = makeCheck({
  name: "history-tables",
  embedded: true,
  read: async (session, { history: name }) => {
    try {
      return await look(session, assertTrusted(name, "write"));
    } catch (error) {
      throw await untrustedFailure(error, { session, name, touch: "write" });
    }
  },
  judge: () => ok("nobody else's, as far as there are any"),
});
