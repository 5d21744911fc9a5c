/**
 * How long files of tests took when that was last recorded, in `tests/seconds.json`: those that take long
 * begin first, so that no lane still runs one when the others have nothing left to do.
 *
 * @module
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { ROOT } from "./bun.ts";
import type { TestFile, TestFileResult } from "./test_file.ts";

const FILE = path.join(ROOT, "tests", "seconds.json");

/** Files below this are not listed, nor are those that are not known. */
const LEAST = 2;

/** In the order in which they are to begin. */
export function slowestFirst(files: readonly TestFile[]): TestFile[] {
  const recorded = read();
  const secondsOf = ({ file }: TestFile) => recorded[path.normalize(file)] ?? 0;
  return files.toSorted((a, b) => secondsOf(b) - secondsOf(a));
}

/** Keeps the longest time of each file under any runner; what did not run keeps its own. */
export function recordSeconds(results: readonly TestFileResult[]): void {
  const measured: Record<string, number> = {};
  for (const { file, seconds } of results) {
    const name = path.normalize(file);
    measured[name] = Math.max(measured[name] ?? 0, Math.round(seconds));
  }
  const slow = Object.entries({ ...read(), ...measured })
    .filter(([file, seconds]) => seconds >= LEAST && fs.existsSync(path.join(ROOT, file)))
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  fs.writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(slow), undefined, 2)}\n`);
}

function read(): Readonly<Record<string, number>> {
  return fs.existsSync(FILE) ? JSON.parse(fs.readFileSync(FILE, "utf8")) : {};
}
