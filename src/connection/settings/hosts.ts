// Pure.
/**
 * Matches libpq's lists of hosts, addresses and ports with each other.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import type { ParameterName, Parameters } from "./parameters.ts";
import type { Host } from "./settings.ts";

/** An IP address, which is never looked up: only digits and dots, or colons. */
const NUMERIC = /^[\d.]+$|:/;
const DEFAULT_PORT = 5432;

/**
 * Returns one entry for each server to try. A single port is that of all hosts; an empty port is 5432.
 *
 * @param options.nameOf Returns the name of a parameter where it was written.
 * @param options.defaultHost Used if no host is given.
 * @throws {Failure} `settings/invalid-value`.
 */
export function hostsOf(
  parameters: Parameters,
  { nameOf, defaultHost }: {
    readonly nameOf: (name: ParameterName) => string;
    readonly defaultHost: (port: number) => string;
  },
): readonly Host[] {
  const addresses = listOf(parameters.hostaddr);
  const names = listOf(parameters.host);
  const count = addresses.length || names.length || 1;
  if (names.length > 0 && names.length !== count) {
    throw mismatch(nameOf("host"), names.length, `${count} in ${nameOf("hostaddr")}`);
  }
  const ports = listOf(parameters.port);
  if (ports.length > 1 && ports.length !== count) {
    throw mismatch(nameOf("port"), ports.length, `${count} hosts`);
  }
  if (addresses.some((address) => address !== "" && !NUMERIC.test(address))) {
    throw new Failure("settings/invalid-value", `${nameOf("hostaddr")} is not an address.`, {
      hint: "Give a name with host; hostaddr takes addresses such as 192.0.2.1 or 2001:db8::1.",
    });
  }
  return Array.from({ length: count }, (_, index) => {
    const port = portOf((ports.length > 1 ? ports[index] : ports[0]) ?? "", nameOf("port"));
    const address = addresses[index] || undefined;
    const host = names[index] || address || defaultHost(port);
    return address === undefined ? { host, port } : { host, address, port };
  });
}

function listOf(value: string | undefined): readonly string[] {
  return value ? value.split(",") : [];
}

function portOf(text: string, name: string): number {
  const trimmed = text.trim();
  if (trimmed === "") return DEFAULT_PORT;
  const port = Number(trimmed);
  if (/^\+?\d+$/.test(trimmed) && port >= 1 && port <= 65535) return port;
  throw new Failure("settings/invalid-value", `${name} is not a port number.`, {
    hint:
      "Use 1 to 65535. If a password in the URL holds a /, percent-encode it as %2F (@ is %40).",
  });
}

function mismatch(name: string, count: number, others: string): Failure {
  return new Failure("settings/invalid-value", `${name} lists ${count} values for ${others}.`, {
    hint: "Lists must be of the same length; one port may serve all hosts.",
  });
}
