/**
 * Bundles the migrations and settings of a workspace into an executable.
 *
 * @module
 */

import * as path from "node:path";
import type { RegisteredDefinitions } from "../background/jobs/job_registry.ts";
import { bundleMigrations } from "../bundle/bundle_migrations.ts";
import type { WrittenBundle } from "../bundle/write_bundle.ts";
import { Failure } from "../failure.ts";
import { Config } from "../config/config.ts";
import { EMPTY_CONFIG } from "../config/config_file.ts";
import { readingOf } from "../config/reading.ts";
import { codeDefinitionsOf } from "./definitions.ts";
import { readConfigFile } from "./find_config.ts";
import { readKeyFile } from "./trusted_key.ts";
import type { Environment } from "./workspace.ts";

/**
 * Appends migrations and settings to a copy of an executable.
 *
 * @param options.migrations Default: the directory that the settings name.
 * @param options.base Default: the running executable.
 * @param options.sign A file with the private key that signs it.
 * @param options.definitions What the program defines in TypeScript.
 * @param options.config Default: `./migrator.yaml`, if it exists.
 * @returns What was written, and the settings file that was included.
 * @throws {Failure | Failures} What `bundleMigrations` and `readConfigFile` throw;
 * `usage/missing-option`.
 */
export async function bundleWorkspace(
  { config: file, migrations, output, base, sign, environment, definitions = {} }: {
    readonly config: string | undefined;
    readonly migrations: string | undefined;
    readonly output: string;
    readonly base: string | undefined;
    readonly sign?: string | undefined;
    readonly environment: Environment;
    readonly definitions?: RegisteredDefinitions;
  },
): Promise<WrittenBundle & { readonly config: string | null }> {
  const { project: text = EMPTY_CONFIG, content } = await readConfigFile(file) ?? {};
  const config = new Config(text, environment);
  const written = await bundleMigrations({
    migrations: migrations ?? migrationsOf(config),
    output,
    base,
    privateKey: sign === undefined ? undefined : await readKeyFile(sign, "private"),
    settings: { project: text, content },
    defined: (database) => codeDefinitionsOf(definitions, database),
    readingOf: (database) => readingOf(config, database),
  });
  return { ...written, config: content === undefined ? null : text.file };
}

function migrationsOf(config: Config): string {
  const named = config.value("migrations");
  if (named !== undefined) return path.join(path.dirname(config.text.file), named);
  throw new Failure("usage/missing-option", "migrator bundle needs --migrations <dir>.", {
    hint: "For example: migrator bundle --migrations ./migrations --output ./shop-migrator",
  });
}
