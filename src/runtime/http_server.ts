/**
 * A small HTTP server: GET and HEAD, answers without streaming.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Content type. Default: plain text. */
  readonly type?: string;
}

/** A running server. */
export interface HttpServer {
  /** Address that it listens on: `127.0.0.1:9187`, `[::]:9187`. */
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Listens, and answers each path with the callback's result: 404 when that is undefined, 500 when
 * it throws.
 *
 * @param at.host Undefined: all addresses of this machine.
 * @param at.port 0: any free port.
 * @throws Errors of the operating system unchanged, such as EADDRINUSE.
 */
export async function listen(
  { host, port }: { readonly host: string | undefined; readonly port: number },
  answer: (path: string) => Promise<HttpAnswer> | undefined,
): Promise<HttpServer> {
  const server = createServer(async (request, response) => {
    const { method, url = "/" } = request;
    const send = ({ status, body, type = "text/plain; charset=utf-8" }: HttpAnswer) => {
      response.writeHead(status, {
        "content-type": type,
        "cache-control": "no-store",
        ...(status === 405 ? { allow: "GET, HEAD" } : {}),
      });
      response.end(method === "HEAD" ? undefined : body);
    };
    if (method !== "GET" && method !== "HEAD") {
      return send({ status: 405, body: "only GET and HEAD\n" });
    }
    const answering = answer(url.replace(/[?#].*$/s, ""));
    if (answering === undefined) return send({ status: 404, body: "there is nothing here\n" });
    send(await answering.catch(() => ({ status: 500, body: "a defect\n" })));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
  const { address, port: given, family } = server.address() as AddressInfo;
  const isSix = String(family).endsWith("6");
  return {
    address: `${isSix ? `[${address}]` : address}:${given}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
