/**
 * The user's cache directory.
 *
 * @module
 */

import * as path from "node:path";
import process from "node:process";
import { homeDirectory } from "./process.ts";

/** Its path; it may not exist yet. Undefined for a user without a home directory. */
export function cacheDirectory(): string | undefined {
  const given = process.env["XDG_CACHE_HOME"];
  const home = homeDirectory();
  const base = given && path.isAbsolute(given) ? given : home && path.join(home, ".cache");
  return base && path.join(base, "migrator");
}
