/**
 * Tests that run at the same time, for those that spend their time waiting for time limits. Neither
 * Deno nor Bun obeys the option `concurrency` of `node:test`.
 *
 * @module
 */

import { before, describe, test } from "node:test";

/**
 * Declares a suite. All of its tests begin when the suite does; they are reported in order.
 *
 * @param options.timeout Milliseconds for each test.
 */
export function describeSideBySide(
  suite: string,
  tests: Readonly<Record<string, () => Promise<void>>>,
  options: { readonly timeout: number },
): void {
  describe(suite, () => {
    const running = new Map<string, Promise<void>>();
    before(() => {
      for (const [name, run] of Object.entries(tests)) {
        const result = run();
        // It may fail before its turn, when nobody waits for it yet.
        result.catch(() => {});
        running.set(name, result);
      }
    });
    for (const name of Object.keys(tests)) test(name, options, () => running.get(name)!);
  });
}
