/**
 * Lints what an editor has not saved yet.
 *
 * @module
 */

import * as path from "node:path";
import { readHeader } from "../../definition/migration/header.ts";
import type { Definition } from "../../definition/migration/definition.ts";
import { compileScript } from "../../definition/migration/script.ts";
import { type Failure, failuresIn } from "../../failure.ts";
import { lintMigrations, readLintedScripts } from "../../lint/lint_migrations.ts";
import { readStandardInput } from "../../runtime/standard_input.ts";
import { lintSettings, OLDEST_SERVER } from "../../workspace/lint_settings.ts";
import { openFile } from "../../workspace/working_path.ts";
import type { LintedUnit } from "./linted_unit.ts";
import type { Invocation } from "../invocation/invocation.ts";

/**
 * Lints standard input in the place of a file. Where that is the up script of a migration, the migrations
 * before it are known; otherwise every table is taken to be in use.
 *
 * @throws {Failure} `settings/*`.
 */
export async function lintInput(invocation: Invocation, file: string): Promise<LintedUnit> {
  const bytes = await readStandardInput();
  const found = await migrationOf(invocation, file);
  const text = await inputDefinition(bytes, { file, saved: found?.definition });
  const config = await invocation.project();
  const before = (found?.definitions ?? [])
    .slice(0, found?.definitions.indexOf(found.definition));
  const definitions = [...before, text];
  const [linted] = lintMigrations({
    definitions,
    isLinted: (definition) => definition === text,
    leaves: [],
    scripts: await readLintedScripts(definitions),
    oldest: config.value("serverVersion", found?.database) ?? OLDEST_SERVER,
    settings: lintSettings(config, found?.database ?? ""),
  });
  return {
    database: found?.database ?? null,
    version: found?.definition.version ?? null,
    name: found?.definition.name ?? file,
    file,
    findings: linted!.findings.map((finding) => ({ ...finding, file })),
  };
}

interface FoundMigration {
  readonly database: string;
  readonly definition: Definition;
  readonly definitions: readonly Definition[];
}

/** The migration whose up script this is. A set that cannot be read has none. */
async function migrationOf(
  invocation: Invocation,
  file: string,
): Promise<FoundMigration | undefined> {
  try {
    const directory = await invocation.directory() ?? "migrations";
    for (const database of await invocation.databases()) {
      const { graph } = await invocation.target(database);
      for (const definition of graph.ordered) {
        if (path.basename(definition.up.path) !== path.basename(file)) continue;
        const own = await openFile(directory, definition.up.path);
        if (own !== undefined && path.resolve(own.path) === path.resolve(file)) {
          return { database, definition, definitions: graph.ordered };
        }
      }
    }
  } catch (error) {
    failuresIn(error);
  }
  return undefined;
}

/** The input as a migration: with the metadata of the saved one, else with that of its own header. */
async function inputDefinition(
  bytes: Uint8Array,
  { file, saved }: { readonly file: string; readonly saved: Definition | undefined },
): Promise<Definition> {
  const defects: Failure[] = [];
  const report = (defect: Failure) => defects.push(defect);
  const text = new TextDecoder().decode(bytes);
  const header = readHeader(text, { path: file, report });
  const { script } = await compileScript(bytes, {
    path: file,
    transactionNone: header.transactionNone || saved?.up.transaction === "none",
    transactionOptional: true,
    report,
  });
  const { privileged, nonIdempotent, irreversible } = header;
  return {
    version: saved?.version ?? 0n,
    name: saved?.name ?? file,
    parents: saved?.parents ?? [],
    metadata: saved?.metadata ?? {
      privileged,
      nonIdempotent,
      ...(irreversible === undefined ? {} : { irreversible: irreversible.reason }),
    },
    up: script,
    // Whether there is a way back is a question about another file.
    down: saved === undefined ? script : saved.down,
    defects: { up: defects },
  };
}
