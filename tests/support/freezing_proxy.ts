/**
 * A proxy between the tool and a server that can stop to pass anything on while it keeps all
 * connections open, as a network does that loses every packet and tells nobody.
 *
 * @module
 */

import { once } from "node:events";
import * as net from "node:net";

/** Listens on a port of its own. */
export interface FreezingProxy {
  readonly port: number;
  /** What was sent to the server so far, as Latin-1. */
  readonly sent: string;
  /** Passes nothing on any more, in either direction, nor on new connections. */
  freeze(): void;
  /** Freezes as soon as a client sends something that matches: that is not passed on either. */
  freezeAt(pattern: RegExp): void;
  /** Freezes when the server answers what matches: the server has had it. */
  freezeAnswerTo(pattern: RegExp): void;
  /** Resolves when it is frozen. */
  readonly frozen: Promise<void>;
  /** The same URL, through this proxy. */
  through(url: string): string;
  close(): Promise<void>;
}

/** Starts listening on 127.0.0.1. */
export async function startFreezingProxy(
  target: { readonly host: string; readonly port: number },
): Promise<FreezingProxy> {
  let isFrozen = false;
  let sent = "";
  let at: RegExp | undefined;
  let answerTo: RegExp | undefined;
  let tell!: () => void;
  const frozen = new Promise<void>((resolve) => tell = resolve);
  const freeze = () => {
    isFrozen = true;
    tell();
  };
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((client) => {
    const server = net.connect(
      target.host.startsWith("/")
        ? { path: `${target.host}/.s.PGSQL.${target.port}` }
        : { host: target.host, port: target.port },
    );
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      // A frozen network does not pass on the end of a connection either.
      socket.on("close", () => {
        sockets.delete(socket);
        if (!isFrozen) other.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (isFrozen) return;
      const text = bytes.toString("latin1");
      sent += text;
      if (at?.test(text)) return freeze();
      if (answerTo?.test(text)) isFrozen = true;
      server.write(bytes);
      if (isFrozen) setTimeout(tell, 300);
    });
    server.on("data", (bytes) => {
      if (!isFrozen) client.write(bytes);
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as net.AddressInfo;
  return {
    port,
    get sent() {
      return sent;
    },
    freeze,
    freezeAt: (pattern) => at = pattern,
    freezeAnswerTo: (pattern) => answerTo = pattern,
    frozen,
    through: (url) => url.replace(/@[^/]*\//, `@127.0.0.1:${port}/`),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
