/**
 * Where Bun is. npm's `bun` package is a stub until its install script has run, which Deno does not
 * do by itself; the real program lies in the package of this machine's platform.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The root of the checkout, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));

/**
 * The Bun of node_modules that runs on this machine.
 *
 * @throws {Error} When there is none, naming what was tried.
 */
export function findBun(): string {
  const tried: string[] = [];
  for (const candidate of candidates()) {
    // A build for another libc or for a newer processor exists as a file, but does not start.
    if (spawnSync(candidate, ["--version"], { stdio: "ignore" }).status === 0) return candidate;
    tried.push(candidate);
  }
  throw new Error(
    tried.length === 0
      ? 'No Bun under node_modules: run "deno install"'
      : `No Bun under node_modules runs on this machine; tried ${tried.join(", ")}`,
  );
}

function candidates(): string[] {
  const name = `bun-${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
    .replace("-arm64", "-aarch64");
  const program = process.platform === "win32" ? "bun.exe" : "bun";
  return ["", "-baseline", "-musl"].flatMap((variant) => {
    const store = path.join(ROOT, "node_modules", ".deno");
    const packages = fs.existsSync(store)
      ? fs.readdirSync(store)
        .filter((entry) => entry.startsWith(`@oven+${name}${variant}@`))
        .map((entry) => path.join(store, entry, "node_modules"))
      : [];
    return [...packages, path.join(ROOT, "node_modules")]
      .map((modules) => path.join(modules, "@oven", `${name}${variant}`, "bin", program))
      .filter((file) => fs.existsSync(file));
  });
}

if (import.meta.main) console.log(findBun());
