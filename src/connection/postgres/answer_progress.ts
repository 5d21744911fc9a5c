// Pure.
/**
 * Follows the answers of a server: how many statements of the message under way are complete, and
 * whether a transaction block is open behind it. postgres.js keeps both to itself.
 *
 * @module
 */

import type { TransactionBlock } from "../session/session.ts";

const COMMAND_COMPLETE = 0x43;
const ERROR = 0x45;
const NOTICE = 0x4e;
const READY = 0x5a;

/** The statuses of ReadyForQuery, the last message of an answer. */
const BLOCKS: Readonly<Record<string, TransactionBlock>> = { I: "none", T: "open", E: "failed" };

/** The progress of one connection. */
export class AnswerProgress {
  /** As of the newest answer that is complete. */
  block: TransactionBlock = "none";
  /** The statements that were complete before the first error since `begin`. */
  completedBeforeError = 0;
  #completed = 0;
  #hasFailed = false;
  /** For each notice that the library has not passed on yet, the statement that it belongs to. */
  readonly #notices: number[] = [];

  /** Before a message or a pipeline is sent. */
  begin(): void {
    this.completedBeforeError = 0;
    this.#hasFailed = false;
  }

  /** A message of the server, before the library reads it. */
  message(type: number, body: Uint8Array): void {
    if (type === COMMAND_COMPLETE) this.#completed++;
    else if (type === NOTICE) this.#notices.push(this.#completed);
    else if (type === ERROR) {
      if (!this.#hasFailed) this.completedBeforeError = this.#completed;
      this.#hasFailed = true;
    } else if (type === READY) {
      this.block = BLOCKS[String.fromCharCode(body[0] ?? 0)] ?? "none";
      this.#completed = 0;
    }
  }

  /** Index of the statement of the next notice that the library passes on. */
  takeNotice(): number {
    return this.#notices.shift() ?? 0;
  }
}
