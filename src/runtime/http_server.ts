/**
 * A small HTTP server: GET and HEAD, POST where the caller takes it, and answers as a stream.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** A header by its lower-case name; empty if it was not sent. */
  header(name: string): string;
  /** The body of a POST; empty for others. */
  readonly body: string;
}

/** An HTTP response. */
export interface HttpAnswer {
  readonly status: number;
  /** The text, or a function that sends pieces of it until the client is gone. */
  readonly body: string | ((sink: HttpSink) => void);
  /** Content type. Default: plain text. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a stream goes. */
export interface HttpSink {
  send(text: string): void;
  /** Aborted when the client is gone or the server closes. */
  readonly closed: AbortSignal;
}

/** A running server. */
export interface HttpServer {
  /** Address that it listens on: `127.0.0.1:9187`, `[::]:9187`. */
  readonly address: string;
  close(): Promise<void>;
}

/** Bytes of a body, and milliseconds in which a request must have arrived. */
const MOST_BYTES = 65_536;
const REQUEST_LIMIT = 10_000;

/** The most open connections. */
const MOST_CONNECTIONS = 256;

/**
 * Listens, and answers each request with the callback's result: 404 when that is undefined, 500
 * when it throws.
 *
 * @param at.host Undefined: all addresses of this machine.
 * @param at.port 0: any free port.
 * @param at.takesPost Whether POST is allowed. Default: false.
 * @throws Errors of the operating system unchanged, such as EADDRINUSE.
 */
export async function listen(
  { host, port, takesPost = false }: {
    readonly host: string | undefined;
    readonly port: number;
    readonly takesPost?: boolean;
  },
  answer: (request: HttpRequest) => Promise<HttpAnswer> | undefined,
): Promise<HttpServer> {
  const methods = takesPost ? "GET, HEAD, POST" : "GET, HEAD";
  const server = createServer(async (incoming, response) => {
    const reply = (given: HttpAnswer) => send(response, given, incoming.method === "HEAD");
    const { method } = incoming;
    if (method !== "GET" && method !== "HEAD" && !(method === "POST" && takesPost)) {
      const headers = { allow: methods };
      return reply({
        status: 405,
        body: `only ${methods.replace(/, (\w+)$/, " and $1")}\n`,
        headers,
      });
    }
    const body = await bodyOf(incoming);
    if (body === undefined) return reply({ status: 413, body: "too much\n" });
    const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://host");
    const answering = answer({
      method,
      path: pathname,
      query: searchParams,
      header: (name) => String(incoming.headers[name] ?? ""),
      body,
    });
    if (answering === undefined) return reply({ status: 404, body: "there is nothing here\n" });
    reply(await answering.catch(() => ({ status: 500, body: "a defect\n" })));
  });
  server.requestTimeout = REQUEST_LIMIT;
  server.headersTimeout = REQUEST_LIMIT;
  server.maxConnections = MOST_CONNECTIONS;
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

/** Undefined when it is too long, or was not sent to its end. */
async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  if (incoming.method !== "POST") return "";
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return new TextDecoder().decode(whole);
}

function send(
  response: ServerResponse,
  { status, body, type = "text/plain; charset=utf-8", headers = {} }: HttpAnswer,
  isHead: boolean,
): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store", ...headers });
  if (isHead) return void response.end();
  if (typeof body === "string") return void response.end(body);
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  response.on("error", () => closed.abort());
  // The headers must not wait for the first piece.
  response.flushHeaders();
  body({
    closed: closed.signal,
    send: (text) => {
      if (!closed.signal.aborted) response.write(text);
    },
  });
}
