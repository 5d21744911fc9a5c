/**
 * Compiles an executable of a team: the command line with the team's code and migrations in it.
 *
 * @module
 */

import type { DefinedMigration } from "../background/jobs/define_batched_migration.ts";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { platformName } from "../runtime/process.ts";

/** What to make. */
export interface CompileExecutableOptions {
  /** The module that calls `runCli`. */
  readonly entrypoint: string;
  /** The executable to write. */
  readonly output: string;
  /** The migrations to carry. Default: those that the settings name. */
  readonly migrations?: string;
  /** The settings to carry. Default: `migrator.yaml`, where there is one. */
  readonly config?: string;
  /** For another platform than this, such as `linux-arm64`; Bun then fetches what it lacks. */
  readonly target?: string;
  /** The batched migrations that its `runCli` is given, which its migrations may queue. */
  readonly jobs?: readonly DefinedMigration[];
}

/**
 * Compiles a program that calls `runCli`, for hosts that have no runtime, and appends the migrations.
 * The result can be the `--base` of other bundles. Has to run under Bun.
 *
 * @throws {Failure | Failures} `usage/needs-bun`; whatever is wrong with migrations and settings.
 */
export async function compileExecutable(order: CompileExecutableOptions): Promise<void> {
  const { compileProgram } = await import("../bundle/compile_program.ts");
  const { sealProgram } = await import("../bundle/seal_program.ts");
  const { loadTemplate } = await import("../connection/pglite/template.ts");
  const { bundleWorkspace } = await import("./bundle_workspace.ts");
  const { migrations, config, target = platformName().replace("win32", "windows") } = order;
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-compile-"));
  try {
    const template = path.join(scratch, "pglite_template.tar.gz");
    await fs.writeFile(template, await loadTemplate());
    // Bun adds .exe to what is for Windows and has none.
    const base = path.join(scratch, target.startsWith("windows") ? "program.exe" : "program");
    const entrypoint = path.resolve(order.entrypoint);
    await compileProgram({ entrypoint, output: base, target, template });
    sealProgram(base);
    await bundleWorkspace({
      config,
      migrations,
      output: order.output,
      base,
      environment: process.env,
      definitions: { jobs: order.jobs },
    });
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}
