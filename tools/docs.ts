/**
 * `deno task docs`: renders `docs/reference` from the program.
 *
 * @module
 */

import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { ROOT } from "./bun.ts";
import { referencePages } from "./reference/reference.ts";

/** Nothing else may lie in it: what is no page any more is removed. */
export const REFERENCE = path.join(ROOT, "docs", "reference");

if (import.meta.main) {
  const pages = await referencePages();
  fs.rmSync(REFERENCE, { recursive: true, force: true });
  for (const { file, text } of pages) {
    fs.mkdirSync(path.dirname(path.join(REFERENCE, file)), { recursive: true });
    fs.writeFileSync(path.join(REFERENCE, file), text);
  }
  console.log(`${path.relative(process.cwd(), REFERENCE)}: ${pages.length} pages`);
  // The embedded database keeps the process alive.
  process.exit(0);
}
