/**
 * The user's cache directory.
 *
 * @module
 */

import * as path from "node:path";
import process from "node:process";
import { homeDirectory } from "./process.ts";

/** The directory, which may not exist yet; undefined for a user without a home. */
export function cacheDirectory(): string | undefined {
  const given = process.env["XDG_CACHE_HOME"];
  const home = homeDirectory();
  const base = given && path.isAbsolute(given) ? given : home && path.join(home, ".cache");
  return base && path.join(base, "migrator");
}
