/**
 * Tells of long work: a bar on a terminal, a line now and then elsewhere.
 *
 * @module
 */

import { progressLine, type WorkProgress } from "../../report/progress_line.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Output } from "./output.ts";

/** Milliseconds between two lines, where none can be redrawn. */
const LINE_EVERY = 10_000;

/** The progress of one piece of work. */
export class WorkProgressLine {
  readonly #output: Output;
  readonly #clock: Clock;
  #told: number;

  constructor(output: Output, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#told = clock.now();
  }

  /** Shows how far it is. */
  show(progress: WorkProgress): void {
    const { terminal, style } = this.#output;
    if (terminal !== undefined) {
      terminal.draw([progressLine(progress, { columns: terminal.columns, style })]);
      return;
    }
    const now = this.#clock.now();
    if (now - this.#told < LINE_EVERY) return;
    this.#told = now;
    const { what, done, total } = progress;
    this.#output.meter(`${what}: ${done} of ${total}`, { event: "working", what, done, total });
  }

  /** Clears the bar. */
  end(): void {
    this.#output.terminal?.draw([]);
  }
}
