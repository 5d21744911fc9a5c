/**
 * Listens for HTTP where `--listen` says.
 *
 * @module
 */

import { Failure } from "../../../failure.ts";
import {
  type HttpAnswer,
  type HttpRequest,
  type HttpServer,
  listen,
} from "../../../runtime/http_server.ts";
import type { ListenAddress } from "../../invocation/listen_address.ts";

/**
 * @param takesPost Default: false.
 * @throws {Failure} `settings/listen`.
 */
export async function listenAt(
  { host, port }: ListenAddress,
  answer: (request: HttpRequest) => Promise<HttpAnswer> | undefined,
  { takesPost = false }: { readonly takesPost?: boolean } = {},
): Promise<HttpServer> {
  try {
    return await listen({ host, port, takesPost }, answer);
  } catch (error) {
    const code = String((error as { code?: unknown } | null)?.code ?? "");
    const where = `${host === undefined ? "" : host.includes(":") ? `[${host}]` : host}:${port}`;
    throw new Failure("settings/listen", `Cannot listen at ${where}: ${why(code, error)}.`, {
      hint: code === "EADDRINUSE"
        ? "Name another: --listen :PORT (one for each process of this host)"
        : "Name an address of this host: --listen HOST:PORT, or --listen :PORT for all of them",
      facts: { address: where, code },
      cause: error,
    });
  }
}

function why(code: string, error: unknown): string {
  switch (code) {
    case "EADDRINUSE":
      return "another process has this address";
    case "EADDRNOTAVAIL":
      return "this host has no such address";
    case "EACCES":
      return "ports below 1024 are for root";
    default:
      return (error as Error).message;
  }
}
