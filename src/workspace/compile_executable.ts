/**
 * Compiles a team's own executable: the command line with the team's code and migrations.
 *
 * @module
 */

import type { DefinedMigration } from "../background/jobs/define_batched_migration.ts";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { platformName } from "../runtime/process.ts";

/** Options of `compileExecutable`. */
export interface CompileExecutableOptions {
  /** The module that calls `runCli`. */
  readonly entrypoint: string;
  /** Path of the executable to write. */
  readonly output: string;
  /** Directory of the migrations to carry. Default: the one that the settings name. */
  readonly migrations?: string;
  /** Path of the settings to carry. Default: `migrator.yaml`, if it exists. */
  readonly config?: string;
  /** Another platform, such as `linux-arm64`; Bun downloads what it lacks. Default: this one. */
  readonly target?: string;
  /**
   * The batched migrations that the entrypoint passes to `runCli`; schema migrations may queue
   * them.
   */
  readonly jobs?: readonly DefinedMigration[];
}

/**
 * Compiles a program that calls `runCli`, for hosts without a runtime, and appends the migrations.
 * The result can be the `--base` of other bundles. Must run under Bun.
 *
 * @throws {Failure | Failures} `usage/needs-bun`; every defect of migrations and settings.
 */
export async function compileExecutable(options: CompileExecutableOptions): Promise<void> {
  const { compileProgram } = await import("../bundle/compile_program.ts");
  const { sealProgram } = await import("../bundle/seal_program.ts");
  const { loadTemplate } = await import("../connection/pglite/template.ts");
  const { bundleWorkspace } = await import("./bundle_workspace.ts");
  const { migrations, config, target = platformName().replace("win32", "windows") } = options;
  const scratch = await fs.mkdtemp(path.join(os.tmpdir(), "migrator-compile-"));
  try {
    const template = path.join(scratch, "pglite_template.tar.gz");
    await fs.writeFile(template, await loadTemplate());
    // Bun appends .exe to a Windows executable whose name lacks it.
    const base = path.join(scratch, target.startsWith("windows") ? "program.exe" : "program");
    const entrypoint = path.resolve(options.entrypoint);
    await compileProgram({ entrypoint, output: base, target, template });
    sealProgram(base);
    await bundleWorkspace({
      config,
      migrations,
      output: options.output,
      base,
      environment: process.env,
      definitions: { jobs: options.jobs },
    });
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}
