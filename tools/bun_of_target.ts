/**
 * The Bun that goes into an executable. The checkout has those of this machine; others are fetched from
 * npm when they are first wanted (50 MB each, kept below dist), by npm itself, so that its registry,
 * proxy and certificates are the ones that are set up for it.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { ROOT } from "./bun.ts";
import { BUN_VERSION, type Target } from "./targets.ts";

const FETCHED = path.join(ROOT, "dist", "bun");

/**
 * The path of the program.
 *
 * @throws {Error} When it cannot be fetched, or is not the one that `TARGETS` names.
 */
export function bunOfTarget(target: Target): string {
  const program = target.name.startsWith("windows-") ? "bun.exe" : "bun";
  const name = `bun-${target.package}`;
  const installed = path.join(
    ...[ROOT, "node_modules", ".deno", `@oven+${name}@${BUN_VERSION}`],
    ...["node_modules", "@oven", name, "bin", program],
  );
  if (fs.existsSync(installed)) return installed;
  const directory = path.join(FETCHED, `${name}-${BUN_VERSION}`);
  if (!fs.existsSync(directory)) fetchPackage(target, directory);
  return path.join(directory, "package", "bin", program);
}

/** Whatever is in `directory` afterwards is whole and verified: the last step is a rename. */
function fetchPackage(target: Target, directory: string): void {
  fs.mkdirSync(FETCHED, { recursive: true });
  const draft = fs.mkdtempSync(`${directory}-`);
  try {
    const spec = `@oven/bun-${target.package}@${BUN_VERSION}`;
    run("npm", ["pack", spec, "--ignore-scripts", "--loglevel=error", "--pack-destination", draft]);
    const [archive] = fs.readdirSync(draft);
    if (archive === undefined) throw new Error(`npm pack ${spec} left no file`);
    const bytes = fs.readFileSync(path.join(draft, archive));
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (integrity !== target.integrity) {
      throw new Error(`${spec} is ${integrity}, and should be ${target.integrity}`);
    }
    run("tar", ["-xzf", path.join(draft, archive), "-C", draft]);
    fs.rmSync(path.join(draft, archive));
    fs.renameSync(draft, directory);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return;
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? `status ${status}`}`);
}
