// Pure.
/**
 * What a form has done, kept for the page to which its answer leads.
 *
 * @module
 */

import type { Html } from "../../../page/html.ts";

/** The most notices that are kept. */
const MOST = 100;

/** Notices by number; the oldest are forgotten. */
export class Notices {
  readonly #kept = new Map<string, Html>();
  #count = 0;

  /** @returns The number that finds it again. */
  keep(notice: Html): string {
    const number = String(++this.#count);
    this.#kept.set(number, notice);
    this.#kept.delete(String(this.#count - MOST));
    return number;
  }

  /** Undefined for a number that is not known. */
  find(number: string | null): Html | undefined {
    return number === null ? undefined : this.#kept.get(number);
  }
}
