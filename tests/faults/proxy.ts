/**
 * A proxy between the tool and the server that knows where messages begin and end, so that a fault
 * can strike at exactly one of them: before it reaches the server, while the server works on it, or
 * when the server has answered it and the tool does not know yet.
 *
 * @module
 */

import { once } from "node:events";
import * as net from "node:net";

/** Where a fault strikes, relative to one message. */
export type Phase = "before" | "inside" | "after";

/** One moment of a run. */
export interface Moment {
  /** The application's name that the connection began with, such as `migrator app (lock)`. */
  readonly connection: string;
  /** 1-based, counting the connection's queries. */
  readonly message: number;
  readonly phase: Phase;
  /** Milliseconds into the message, for `inside`. */
  readonly delay: number;
}

/** A query that went by. */
export interface Seen {
  readonly connection: string;
  readonly message: number;
  readonly text: string;
  /** Milliseconds that the server took for it. */
  took: number;
}

/** What a client has sent that no fault can usefully strike at: whether it comes depends on time. */
const UNCOUNTED = /^SET LOCAL application_name = /;

const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;

/** First bytes of messages: Q from the client, K and Z from the server. */
const QUERY = 0x51;
const BACKEND_KEY = 0x4b;
const READY = 0x5a;

/**
 * What happens at the moment. With "forget" nothing that is held on that connection is passed on
 * afterwards, as when the tool died before it could send it.
 */
export type Strike = () => Promise<"forget" | "pass">;

interface Trap {
  readonly moment: Moment;
  readonly strike: Strike;
}

/** Listens on a port of its own and passes everything on to a server. */
export class Proxy {
  /** Every query that was passed on, in order. */
  readonly seen: Seen[] = [];
  /** How many bytes came from each side. */
  readonly bytes = { toServer: 0, toClient: 0 };
  readonly #listener: net.Server;
  #target: { readonly host: string; readonly port: number };
  readonly #links = new Set<Link>();
  readonly #pids = new Map<string, number>();
  #trap: Trap | undefined;

  private constructor(address: { readonly host: string; readonly port: number }) {
    this.#target = address;
    this.#listener = net.createServer({ allowHalfOpen: true }, (client) => {
      const link = new Link(this, client);
      this.#links.add(link);
      client.once("close", () => this.#links.delete(link));
    });
  }

  /** Starts listening on 127.0.0.1. */
  static async start(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
    const proxy = new Proxy(target);
    proxy.#listener.listen(0, "127.0.0.1");
    await once(proxy.#listener, "listening");
    return proxy;
  }

  /** Where new connections lead. */
  get target(): { readonly host: string; readonly port: number } {
    return this.#target;
  }

  /** Moves over: new connections lead to another server. */
  retarget({ host, port }: { readonly host: string; readonly port: number }): void {
    this.#target = { host, port };
  }

  get port(): number {
    return (this.#listener.address() as net.AddressInfo).port;
  }

  /** Calls `strike` once, at that moment; until it returns nothing more is passed on there. */
  trap(moment: Moment, strike: Strike): void {
    this.#trap = { moment, strike };
  }

  /** The backend of the newest connection of that name. */
  backendOf(connection: string): number | undefined {
    return this.#pids.get(connection);
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const link of this.#links) link.destroy();
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  /** For links: a backend has told its number. */
  tell(connection: string, pid: number): void {
    this.#pids.set(connection, pid);
  }

  /** For links: takes the trap when it is for this message. */
  take(connection: string, message: number): Trap | undefined {
    const moment = this.#trap?.moment;
    if (moment?.connection !== connection || moment.message !== message) return undefined;
    const trap = this.#trap;
    this.#trap = undefined;
    return trap;
  }
}

/** One connection of the tool, and the one that was made for it. */
class Link {
  readonly #server: net.Socket;
  #name = "";
  #isStarted = false;
  #fromClient: Uint8Array = new Uint8Array();
  #fromServer: Uint8Array = new Uint8Array();
  /** Whole messages that were not passed on yet. */
  readonly #queue: Uint8Array[] = [];
  readonly #withheld: Uint8Array[] = [];
  #holdsQueries = false;
  /** Whole answers that still go to the tool; those after them are withheld. Undefined: all go. */
  #answersToPass: number | undefined;
  #clientEnded = false;
  #counted = 0;
  /** Queries passed on and not answered; undefined for the login and for what is not counted. */
  readonly #open: (Seen | undefined)[] = [];
  #lastAnswer = 0;
  /** Resolves when everything that was passed on has been answered. */
  #onQuiet: (() => void) | undefined;

  constructor(readonly proxy: Proxy, readonly client: net.Socket) {
    this.#server = net.connect({ ...proxy.target, allowHalfOpen: true });
    for (const socket of [client, this.#server]) {
      socket.setNoDelay(true);
      socket.on("error", () => {});
    }
    client.on("data", (chunk: Uint8Array) => {
      proxy.bytes.toServer += chunk.length;
      this.#fromClient = joined(this.#fromClient, chunk);
      this.#readClient();
    });
    this.#server.on("data", (chunk: Uint8Array) => {
      proxy.bytes.toClient += chunk.length;
      this.#fromServer = joined(this.#fromServer, chunk);
      this.#readServer();
    });
    // What it had sent is on its way all the same, unless a fault holds it.
    const ended = () => {
      this.#clientEnded = true;
      this.#pump();
    };
    client.on("end", ended).on("close", ended);
    const gone = () => {
      this.#onQuiet?.();
      client.end();
      client.destroySoon();
    };
    this.#server.on("end", gone);
    this.#server.on("close", gone);
  }

  destroy(): void {
    this.#server.destroy();
    this.client.destroy();
  }

  #readClient(): void {
    for (;;) {
      const bytes = this.#fromClient;
      const header = this.#isStarted ? 1 : 0;
      if (bytes.length < header + 4) break;
      const length = header + wordAt(bytes, header);
      if (bytes.length < length) break;
      this.#fromClient = bytes.subarray(length);
      const message = bytes.slice(0, length);
      if (!this.#isStarted) this.#start(message);
      this.#queue.push(message);
    }
    this.#pump();
  }

  #start(message: Uint8Array): void {
    const code = wordAt(message, 4);
    if (code === SSL_REQUEST || code === CANCEL_REQUEST) return;
    this.#isStarted = true;
    const words = new TextDecoder().decode(message.subarray(8)).split("\0");
    this.#name = words[words.indexOf("application_name") + 1] ?? "";
    this.#open.push(undefined);
  }

  #pump(): void {
    while (!this.#holdsQueries && this.#queue.length > 0) {
      const text = this.#textOfFirst();
      const isCounted = text !== undefined && !UNCOUNTED.test(text);
      if (isCounted) this.#passQuery(text);
      else {
        if (text !== undefined) this.#open.push(undefined);
        this.#passOn();
      }
    }
    if (this.#clientEnded && this.#queue.length === 0) this.#server.end();
  }

  #textOfFirst(): string | undefined {
    const message = this.#queue[0];
    if (!this.#isStarted || message?.[0] !== QUERY) return undefined;
    return new TextDecoder().decode(message.subarray(5, -1));
  }

  #passQuery(text: string): void {
    const trap = this.proxy.take(this.#name, this.#counted + 1);
    if (trap) this.#holdsQueries = true;
    if (trap?.moment.phase === "before") {
      this.#whenQuiet(() => this.#strike(trap.strike));
      return;
    }
    const seen = {
      connection: this.#name,
      message: ++this.#counted,
      text,
      took: performance.now(),
    };
    this.proxy.seen.push(seen);
    if (trap?.moment.phase === "after") this.#answersToPass = this.#open.length;
    this.#open.push(seen);
    this.#passOn();
    if (trap?.moment.phase === "after") this.#whenQuiet(() => this.#strike(trap.strike));
    else if (trap) setTimeout(() => this.#strike(trap.strike), trap.moment.delay);
  }

  #passOn(): void {
    const message = this.#queue.shift();
    if (message && this.#server.writable) this.#server.write(message);
  }

  #whenQuiet(act: () => void): void {
    if (this.#open.length === 0 || this.#server.destroyed) return act();
    this.#onQuiet = () => {
      this.#onQuiet = undefined;
      act();
    };
  }

  async #strike(strike: Strike): Promise<void> {
    // Whoever set the trap hears of a failure too, and it ends the trial there.
    if (await strike().catch(() => "forget") === "forget") this.#queue.length = 0;
    this.#holdsQueries = false;
    this.#answersToPass = undefined;
    for (const bytes of this.#withheld.splice(0)) this.#answer(bytes);
    this.#pump();
  }

  #readServer(): void {
    for (;;) {
      const bytes = this.#fromServer;
      // The answer to an SSL request is one letter.
      const isLetter = !this.#isStarted;
      const length = isLetter ? 1 : bytes.length < 5 ? Infinity : 1 + wordAt(bytes, 1);
      if (bytes.length < length) break;
      this.#fromServer = bytes.subarray(length);
      const message = bytes.slice(0, length);
      if (this.#answersToPass === 0) this.#withheld.push(message);
      else this.#answer(message);
      if (isLetter) continue;
      if (message[0] === BACKEND_KEY) this.proxy.tell(this.#name, wordAt(message, 5));
      if (message[0] === READY) this.#answered();
    }
  }

  #answer(bytes: Uint8Array): void {
    if (this.client.writable) this.client.write(bytes);
  }

  #answered(): void {
    const now = performance.now();
    const seen = this.#open.shift();
    if (seen) seen.took = now - Math.max(seen.took, this.#lastAnswer);
    this.#lastAnswer = now;
    if (this.#answersToPass) this.#answersToPass--;
    if (this.#open.length === 0) this.#onQuiet?.();
  }
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
