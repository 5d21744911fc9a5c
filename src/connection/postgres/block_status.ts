// Pure.
/**
 * Whether a transaction block is open, as the server says it at the end of each answer. postgres.js
 * keeps that to itself.
 *
 * @module
 */

import type { TransactionBlock } from "../session/session.ts";

/** ReadyForQuery, the last message of an answer: its type, its length and then the status. */
const READY = [0x5a, 0, 0, 0, 5];

const STATUS: Readonly<Record<string, TransactionBlock>> = { I: "none", T: "open", E: "failed" };

/** Follows what a connection brings. */
export class BlockStatus {
  #tail = new Uint8Array();

  /** Bytes from the server, in whatever pieces. */
  read(bytes: Uint8Array): void {
    const length = READY.length + 1;
    this.#tail = bytes.length >= length
      ? bytes.slice(-length)
      : new Uint8Array([...this.#tail, ...bytes].slice(-length));
  }

  /** As of the newest answer, once that is complete. */
  get current(): TransactionBlock {
    const isReady = READY.every((byte, index) => this.#tail[index] === byte);
    const status = isReady ? STATUS[String.fromCharCode(this.#tail[READY.length]!)] : undefined;
    return status ?? "none";
  }
}
