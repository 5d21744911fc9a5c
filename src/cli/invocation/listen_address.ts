/**
 * `--listen HOST:PORT`
 *
 * @module
 */

import { InvalidArgumentError } from "commander";

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: all addresses of this machine. */
  readonly host: string | undefined;
  readonly port: number;
}

/** `9187`, `:9187`, `127.0.0.1:9187`, `localhost:9187`, `[::1]:9187`. */
export function listenAddress(text: string): ListenAddress {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))?:)?(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (match !== null && port <= 65_535) return { host: match[1] ?? match[2], port };
  throw new InvalidArgumentError("write HOST:PORT, or :PORT for all addresses, such as :9187.");
}
