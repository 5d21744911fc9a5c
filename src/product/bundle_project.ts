/**
 * An executable with what a project has: migrations, and settings.
 *
 * @module
 */

import * as path from "node:path";
import type { OwnDefinitions } from "../background/code/own_code.ts";
import { bundleMigrations } from "../bundle/bundle_migrations.ts";
import type { WrittenBundle } from "../bundle/write_bundle.ts";
import { Failure } from "../failure.ts";
import { Project } from "../project/project.ts";
import { NO_PROJECT } from "../project/project_text.ts";
import { definedFor } from "./definitions.ts";
import { readProjectFile } from "./find_project.ts";
import type { Environment } from "./product.ts";

/**
 * Appends migrations and settings to a copy of an executable.
 *
 * @param options.migrations Default: those that the settings name.
 * @param options.base Default: the running executable.
 * @param options.definitions What the program of the executable defines in TypeScript.
 * @param options.config Default: `./migrator.yaml`, where there is one.
 * @returns What was written, and the settings file that went along.
 * @throws {Failure | Failures} As `bundleMigrations` and `readProjectFile`; `usage/missing-option`.
 */
export async function bundleProject(
  { config, migrations, output, base, environment, definitions = {} }: {
    readonly config: string | undefined;
    readonly migrations: string | undefined;
    readonly output: string;
    readonly base: string | undefined;
    readonly environment: Environment;
    readonly definitions?: OwnDefinitions;
  },
): Promise<WrittenBundle & { readonly config: string | null }> {
  const { project: text = NO_PROJECT, content } = await readProjectFile(config) ?? {};
  const project = new Project(text, environment);
  const written = await bundleMigrations({
    migrations: migrations ?? migrationsOf(project),
    output,
    base,
    settings: { project: text, content },
    defined: (database) => definedFor(definitions, database),
    readingOf: (database) => ({
      layout: project.value("layout", database),
      transaction: project.value("transaction", database),
    }),
  });
  return { ...written, config: content === undefined ? null : text.file };
}

function migrationsOf(project: Project): string {
  const named = project.value("migrations");
  if (named !== undefined) return path.join(path.dirname(project.text.file), named);
  throw new Failure("usage/missing-option", "migrator bundle needs --migrations <dir>.", {
    hint: "For example: migrator bundle --migrations ./migrations --output ./shop-migrator",
  });
}
