/**
 * A network between migrator and the server that goes wrong once a number of bytes has passed, wherever
 * in a message that is.
 *
 * @module
 */

import { once } from "node:events";
import * as net from "node:net";

/** What the network does. */
export const TROUBLES = [
  // Bytes are lost from then on, and connections stay open.
  "freezes",
  // Bytes wait for some seconds, and then arrive.
  "stalls",
  // The connection ends there, as if the other side had closed it.
  "truncates",
  // The same with a reset.
  "resets",
  // From the beginning each byte arrives alone.
  "dribbles",
  // From the beginning everything arrives late.
  "lags",
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** The bytes that are counted, and concerned. */
export const DIRECTIONS = ["to the server", "to the client", "both ways"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface NetworkFault {
  readonly trouble: Trouble;
  readonly direction: Direction;
  /** How many bytes pass first, over all connections. */
  readonly after: number;
}

/** Milliseconds that a stall lasts: shorter than what a run takes for a lost connection. */
const STALL = 4_000;
const LAG = 10;

/** Listens on a port of its own and passes everything on to a server, until it fails. */
export class RoughNetwork {
  readonly #listener: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #held: (() => void)[] = [];
  #passed = 0;
  #isFrozen = false;
  #strike!: () => void;
  /** Resolves when the fault has struck. */
  readonly struck = new Promise<void>((resolve) => this.#strike = resolve);
  hasStruck = false;

  private constructor(
    readonly target: { readonly host: string; readonly port: number },
    readonly fault: NetworkFault,
  ) {
    this.#listener = net.createServer({ allowHalfOpen: true }, (client) => {
      const server = net.connect({ ...target, allowHalfOpen: true });
      this.#pass({ from: client, to: server, direction: "to the server" });
      this.#pass({ from: server, to: client, direction: "to the client" });
    });
  }

  /** Starts listening on 127.0.0.1. */
  static async start(
    target: { readonly host: string; readonly port: number },
    fault: NetworkFault,
  ): Promise<RoughNetwork> {
    const network = new RoughNetwork(target, fault);
    network.#listener.listen(0, "127.0.0.1");
    await once(network.#listener, "listening");
    if (fault.trouble === "dribbles" || fault.trouble === "lags") network.#hit();
    return network;
  }

  get port(): number {
    return (this.#listener.address() as net.AddressInfo).port;
  }

  /** Ends all connections: each side learns of it. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #hit(): void {
    this.hasStruck = true;
    this.#strike();
  }

  #concerns(direction: Direction): boolean {
    return this.fault.direction === "both ways" || this.fault.direction === direction;
  }

  #pass(link: Link): void {
    const { from, to, direction } = link;
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on("error", () => {});
    from.on("data", (chunk: Uint8Array) => this.#data(link, chunk));
    from.on("end", () => {
      if (!(this.#isFrozen && this.#concerns(direction))) this.#send(() => to.end());
    });
    from.on("close", () => {
      this.#sockets.delete(from);
      if (!(this.#isFrozen && this.#concerns(direction))) this.#send(() => to.destroySoon());
    });
  }

  #data(link: Link, chunk: Uint8Array): void {
    if (!this.#concerns(link.direction)) return this.#write(link, chunk);
    if (this.#isFrozen) {
      if (this.fault.trouble === "stalls") this.#held.push(() => this.#write(link, chunk));
      return;
    }
    const left = this.fault.after - this.#passed;
    this.#passed += chunk.length;
    if (this.hasStruck || chunk.length <= left) return this.#write(link, chunk);
    this.#hit();
    this.#write(link, chunk.subarray(0, left));
    this.#fail(link, chunk.subarray(left));
  }

  #fail(link: Link, rest: Uint8Array): void {
    const { from, to } = link;
    const { trouble } = this.fault;
    if (trouble === "truncates") {
      to.end();
      from.destroySoon();
    } else if (trouble === "resets") {
      to.resetAndDestroy();
      from.resetAndDestroy();
    } else {
      this.#isFrozen = true;
      if (trouble !== "stalls") return;
      this.#held.push(() => this.#write(link, rest));
      setTimeout(() => {
        this.#isFrozen = false;
        for (const act of this.#held.splice(0)) act();
      }, STALL);
    }
  }

  #write({ to }: Link, chunk: Uint8Array): void {
    if (this.fault.trouble !== "dribbles") return this.#send(() => to.writable && to.write(chunk));
    for (const byte of chunk) this.#send(() => to.writable && to.write(Uint8Array.of(byte)));
  }

  /** Now; or in turn, one action at a time. */
  #send(action: () => void): void {
    const { trouble } = this.fault;
    if (trouble === "lags") setTimeout(action, LAG);
    else if (trouble !== "dribbles") action();
    else {
      this.#actions.push(action);
      if (this.#actions.length === 1) setImmediate(() => this.#next());
    }
  }

  readonly #actions: (() => void)[] = [];

  #next(): void {
    // As many as a socket is read between: the reader sees small pieces, mostly of one byte.
    this.#actions.splice(0, 1)[0]?.();
    if (this.#actions.length > 0) setImmediate(() => this.#next());
  }
}

interface Link {
  readonly from: net.Socket;
  readonly to: net.Socket;
  readonly direction: Exclude<Direction, "both ways">;
}
