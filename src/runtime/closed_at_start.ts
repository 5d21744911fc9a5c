/**
 * Whether a stream was closed when this process began (`>&-`).
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";

/** Linux's O_CLOEXEC. */
const CLOSE_ON_EXEC = 0o2000000;

/**
 * True for a file descriptor that Bun has opened itself, as /dev/null, because there was none. One that a
 * process inherits is never marked to be closed on exec. Always false under other runtimes, which leave
 * no such sign, and where there is no /proc.
 */
export function wasClosedAtStart(descriptor: 1 | 2): boolean {
  if (!("bun" in process.versions)) return false;
  try {
    const facts = fs.readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    const [, flags] = /^flags:\s+(\d+)/m.exec(facts) ?? [];
    return fs.readlinkSync(`/proc/self/fd/${descriptor}`) === "/dev/null" &&
      (parseInt(flags ?? "0", 8) & CLOSE_ON_EXEC) !== 0;
  } catch {
    return false;
  }
}
