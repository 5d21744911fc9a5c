/**
 * The executable that tests run.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { ROOT } from "./bun.ts";
import { copyEmpty } from "./copy_empty.ts";

/** Files. */
export interface Executables {
  /** As it was built, with the migrations that it carries. */
  readonly whole: string;
  /** A copy that carries nothing: the tests of the command line bring migrations of their own. */
  readonly bare: string;
  /** Removes the copy. */
  dispose(): void;
}

/** `dist/migrator`, compiled when it is not there, or what MIGRATOR_TEST_EXECUTABLE names. */
export function findExecutables(): Executables {
  const whole = process.env["MIGRATOR_TEST_EXECUTABLE"] ?? path.join(ROOT, "dist", "migrator");
  if (!fs.existsSync(whole)) compile(whole);
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "migrator-bare-"));
  const bare = path.join(directory, "migrator");
  copyEmpty(whole, bare);
  return { whole, bare, dispose: () => fs.rmSync(directory, { recursive: true }) };
}

function compile(file: string): void {
  const args = ["run", "-A", "tools/compile.ts"];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) throw new Error(`Compiling ${file} failed (${status})`);
}
