/**
 * Keeps the newest lines of the log, and tells listeners of new ones.
 *
 * @module
 */

import { readEvents } from "../../../background/status/read_events.ts";
import { SqlError } from "../../../connection/session/session.ts";
import { Failure } from "../../../failure.ts";
import { changesBetween, eventLine } from "../../../page/log_lines.ts";
import type { DatabaseView, LogLine } from "../../../page/page_state.ts";
import type { Clock } from "../../../runtime/clock.ts";
import type { ServedDatabase } from "./read_views.ts";

/** The most lines that are kept, and the most past events that are read at first. */
const MOST_LINES = 200;
const FIRST_EVENTS = 30;

/** The log of all databases. */
export class PageLog {
  readonly #clock: Clock;
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  /** By database: the newest event, and the last look. */
  readonly #events = new Map<string, string>();
  readonly #views = new Map<string, DatabaseView>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** @returns A function that ends the subscription. */
  listen(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(line: LogLine): void {
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
    for (const listener of this.#listeners) listener(line);
  }

  /** Adds what has happened in a database since the last look. Never fails. */
  async look({ history, reader }: ServedDatabase, view: DatabaseView): Promise<void> {
    const { name } = view;
    const before = this.#views.get(name);
    this.#views.set(name, view);
    if (before !== undefined) {
      const at = new Date(this.#clock.now()).toISOString();
      for (const line of changesBetween(before, view, at)) this.add(line);
    }
    // A server that does not answer is a trouble of the view already.
    if (view.batched === undefined) return;
    const after = this.#events.get(name);
    const limit = after === undefined ? FIRST_EVENTS : MOST_LINES;
    try {
      const events = await reader.read((session) => readEvents(session, history, { after, limit }));
      // Two looks at once have read the same.
      if (this.#events.get(name) !== after) return;
      for (const event of events) this.add(eventLine(name, event));
      this.#events.set(name, events.at(-1)?.id ?? after ?? "0");
    } catch (error) {
      if (!(error instanceof Failure || error instanceof SqlError)) throw error;
    }
  }
}
