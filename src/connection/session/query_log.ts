// Pure.
/**
 * Telling of every query.
 *
 * @module
 */

import type { AnsweredQuery, Connector } from "./session.ts";

/** The same connector, whose sessions tell of every message that the server has answered. */
export function loggingConnector(
  connector: Connector,
  tell: (query: AnsweredQuery) => void,
): Connector {
  return {
    label: connector.label,
    open: (options) => connector.open({ ...options, onQuery: tell }),
  };
}
