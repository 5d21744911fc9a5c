// Pure.
/**
 * Reports every query.
 *
 * @module
 */

import type { AnsweredQuery, Connector } from "./session.ts";

/** A connector whose sessions report every message that the server has answered. */
export function loggingConnector(
  connector: Connector,
  tell: (query: AnsweredQuery) => void,
): Connector {
  return {
    label: connector.label,
    open: (options) => connector.open({ ...options, onQuery: tell }),
  };
}
