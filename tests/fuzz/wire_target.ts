/**
 * A real session with a server that answers anything.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import * as net from "node:net";
import * as fc from "fast-check";
import { postgresConnector } from "../../src/connection/postgres/postgres_connector.ts";
import type { Session } from "../../src/connection/session/session.ts";
import { Secret } from "../../src/connection/settings/secret.ts";
import { server } from "../pure/connection/server_settings.ts";
import { failsWell, type Target, target } from "./target.ts";

/** One message as it is sent: its type, its body in hex, and how wrong its length is. */
interface Message {
  readonly type: string;
  readonly body: string;
  readonly off: number;
}
interface Input {
  readonly messages: readonly Message[];
  /** Bytes that are sent at once; 0: all. */
  readonly piece: number;
  readonly closes: boolean;
}

const text = (value: string) => Buffer.from(value, "latin1").toString("hex");
const int32 = (value: number) => (value >>> 0).toString(16).padStart(8, "0");

/** Bodies that are right, of each type of message that a server sends (protocol 3.0). */
const RIGHT: readonly (readonly [type: string, body: string])[] = [
  ["R", int32(0)],
  ["R", int32(3)],
  ["R", int32(5) + "01020304"],
  ["R", int32(10) + text("SCRAM-SHA-256\0\0")],
  ["R", int32(11) + text("r=abc,s=QSXCR+Q6sek8bf92,i=4096")],
  ["R", int32(12) + text("v=abc")],
  ["R", int32(99)],
  ["S", text("client_encoding\0UTF8\0")],
  ["K", int32(7) + int32(8)],
  ["Z", text("I")],
  ["Z", text("T")],
  ["T", "0001" + text("pid\0") + int32(0) + "0000" + int32(25) + "ffff" + int32(-1) + "0000"],
  ["D", "0001" + int32(1) + text("7")],
  ["D", "0002" + int32(-1) + int32(1) + text("7")],
  ["C", text("SELECT 1\0")],
  ["C", text("INSERT 0 x\0")],
  ["I", ""],
  ["E", text("SERROR\0VERROR\0C42601\0Mno\0P1\0\0")],
  ["E", text("SFATAL\0C57P01\0Mterminating\0\0")],
  ["E", text("M\0\0")],
  ["N", text("SNOTICE\0C00000\0Mhello\0\0")],
  ["A", int32(7) + text("channel\0payload\0")],
  ["G", "00" + "0000"],
  ["H", "00" + "0000"],
  ["d", text("row\n")],
  ["c", ""],
  ["v", int32(0) + int32(0)],
  ["1", ""],
  ["n", ""],
  ["t", "0001" + int32(25)],
];

const bytes = fc.uint8Array({ maxLength: 24 }).map((one) => Buffer.from(one).toString("hex"));
const message: fc.Arbitrary<Message> = fc.record({
  type: fc.string({ minLength: 1, maxLength: 1, unit: "grapheme-ascii" }),
  body: bytes,
  off: fc.constantFrom(0, 0, 0, 1, -1, 5, 2 ** 20),
});
const right: fc.Arbitrary<Message> = fc.constantFrom(...RIGHT)
  .chain(([type, body]) =>
    fc.record({
      type: fc.constant(type),
      body: fc.oneof({ weight: 6, arbitrary: fc.constant(body) }, bytes),
      off: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.constantFrom(1, -1, -4, 2 ** 20)),
    })
  );

/** As far as a query, so that what follows is read by a session that is open. */
const LOGIN: readonly Message[] = [0, 7, 8, 9].map((index) => ({
  type: RIGHT[index]![0],
  body: RIGHT[index]![1],
  off: 0,
}));

function encoded({ type, body, off }: Message): Buffer {
  const content = Buffer.from(body, "hex");
  const head = Buffer.alloc(5);
  head.writeUInt8(type.charCodeAt(0) & 0xff, 0);
  head.writeInt32BE(content.length + 4 + off, 1);
  return Buffer.concat([head, content]);
}

/** Milliseconds that a silent server is borne with. */
const ANSWER_WAIT = 150;

export const WIRE_TARGET: Target = target<Input>({
  name: "server-messages",
  inputs: fc.record({
    messages: fc.tuple(
      fc.constantFrom([], LOGIN),
      fc.array(fc.oneof({ weight: 6, arbitrary: right }, message), { maxLength: 12 }),
    ).map(([login, rest]) => [...login, ...rest]),
    piece: fc.constantFrom(0, 0, 1, 7),
    closes: fc.boolean(),
  }),
  runs: 25,
  limit: 8_000,
  read: async (input) => {
    const uncaught: unknown[] = [];
    const note = (event: Event) => {
      event.preventDefault();
      uncaught.push((event as ErrorEvent).error ?? (event as PromiseRejectionEvent).reason);
    };
    globalThis.addEventListener("error", note);
    globalThis.addEventListener("unhandledrejection", note);
    try {
      await withFakeServer(input, converse);
      await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      globalThis.removeEventListener("error", note);
      globalThis.removeEventListener("unhandledrejection", note);
    }
    if (uncaught.length > 0) throw uncaught[0];
  },
});

async function converse(port: number): Promise<void> {
  const connector = postgresConnector(server({
    hosts: [{ host: "127.0.0.1", port }],
    sslMode: "disable",
    connectTimeout: 1,
    passwords: [new Secret("fuzz-secret")],
  }));
  let session: Session | undefined;
  await failsWell(async () => {
    session = await connector.open({
      applicationName: "fuzz",
      signal: AbortSignal.timeout(4 * ANSWER_WAIT),
      firstAnswerLimit: ANSWER_WAIT,
    });
  });
  if (session === undefined) return;
  const open = session;
  const silent = setTimeout(() => open.abandon(), ANSWER_WAIT);
  await failsWell(() => open.pipeline(["SELECT 1", "SELECT 2"]));
  await failsWell(() => open.query("SELECT 3"));
  clearTimeout(silent);
  await open.close();
}

async function withFakeServer(
  { messages, piece, closes }: Input,
  action: (port: number) => Promise<void>,
): Promise<void> {
  const sockets = new Set<net.Socket>();
  const all = Buffer.concat(messages.map(encoded));
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      const size = piece || Math.max(1, all.length);
      for (let at = 0; at < all.length; at += size) socket.write(all.subarray(at, at + size));
      if (closes) socket.end();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  try {
    await action((listener.address() as net.AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}
