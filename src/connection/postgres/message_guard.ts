// Pure.
/**
 * Checks a server's messages before the library reads them (protocol 3.0, "Message Formats").
 *
 * The library reads authentication messages in promises that nothing awaits: a malformed message would
 * end the process, and an iteration count of two thousand million would keep it busy for an hour.
 *
 * @module
 */

import type * as net from "node:net";

/** The server sent what the protocol does not allow. The message is a clause. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

/** Type and length of a message, and the `R` of an authentication request. */
const HEADER = 5;
const AUTHENTICATION = 0x52;
const READY = 0x5a;

/** Called when a message begins, with its type, and with the body of the messages that are read here. */
export type MessageListener = (type: number, body: Uint8Array) => void;

/** CopyInResponse, CopyOutResponse, CopyBothResponse. */
const COPIES = new Set([0x47, 0x48, 0x57]);

/** Bytes of the longest message that is read here. */
const LONGEST = 16_384;

/** PBKDF2 is computed in this thread: a million takes a second. PostgreSQL's default is 4096. */
const MOST_ITERATIONS = 1_000_000;

const EMPTY = new Uint8Array();

/** Finds the boundaries of messages, however the network splits them. */
export class MessageGuard {
  /** The beginning of an incomplete message: of its header, or of an authentication request. */
  #begun: Uint8Array = EMPTY;
  /** Bytes of the current message that need no check. */
  #left = 0;
  readonly #onMessage: MessageListener;

  constructor(onMessage: MessageListener = () => {}) {
    this.#onMessage = onMessage;
  }

  /** @throws {ProtocolViolation} The library must not read the piece then. */
  check(piece: Uint8Array): void {
    const passed = Math.min(this.#left, piece.length);
    this.#left -= passed;
    const bytes = joined(this.#begun, piece.subarray(passed));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const length = view.getInt32(at + 1);
      if (length < 4) throw new ProtocolViolation(`a message of ${length} bytes`);
      // Migrations cannot COPY from or to the client, and the library would open a stream that nothing reads.
      if (COPIES.has(bytes[at]!)) throw new ProtocolViolation("a COPY with the client");
      const end = at + 1 + length;
      const type = bytes[at]!;
      const isRead = type === AUTHENTICATION || type === READY;
      if (isRead && length > LONGEST) throw new ProtocolViolation("an endless message");
      if (isRead && end > bytes.length) break;
      const body = isRead ? bytes.subarray(at + HEADER, end) : EMPTY;
      if (type === AUTHENTICATION) checkAuthentication(body);
      this.#onMessage(type, body);
      if (end > bytes.length) {
        this.#left = end - bytes.length;
        this.#begun = EMPTY;
        return;
      }
      at = end;
    }
    this.#begun = bytes.slice(at);
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

const MD5 = 5;
const SASL_CONTINUE = 11;

function checkAuthentication(body: Uint8Array): void {
  if (body.length < 4) throw new ProtocolViolation("an authentication request without a kind");
  const kind = new DataView(body.buffer, body.byteOffset, 4).getInt32(0);
  if (kind === MD5 && body.length < 8) throw new ProtocolViolation("MD5 without a salt");
  if (kind === SASL_CONTINUE) checkChallenge(new TextDecoder().decode(body.subarray(4)));
}

/** `r=<nonce>,s=<salt>,i=<iterations>` (RFC 5802). */
function checkChallenge(text: string): void {
  const [, iterations] = /^r=[^,]+,s=[A-Za-z0-9+/=]+,i=(\d{1,10})(?:,|$)/.exec(text) ?? [];
  if (iterations === undefined) throw new ProtocolViolation("a SCRAM challenge that is none");
  if (Number(iterations) < 1 || Number(iterations) > MOST_ITERATIONS) {
    throw new ProtocolViolation(
      `${iterations} iterations of SCRAM; between 1 and ${MOST_ITERATIONS} are computed`,
    );
  }
}

/**
 * Checks the bytes of a socket before the library reads them, and catches what the library throws while
 * it reads. Either would end the process.
 */
export function guardMessages(
  socket: net.Socket,
  { onMessage, onBroken }: {
    readonly onMessage: MessageListener;
    readonly onBroken: (error: unknown) => void;
  },
): void {
  const guard = new MessageGuard(onMessage);
  const emit = socket.emit.bind(socket) as (event: string | symbol, ...given: unknown[]) => boolean;
  socket.emit = (event: string | symbol, ...given: unknown[]) => {
    if (event !== "data") return emit(event, ...given);
    try {
      guard.check(given[0] as Uint8Array);
      return emit(event, ...given);
    } catch (error) {
      onBroken(error);
      return true;
    }
  };
}
