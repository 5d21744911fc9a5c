/**
 * Lints the migrations of the chosen databases.
 *
 * @module
 */

import { formatCount } from "../../format/count.ts";
import type { MeasuredMigrations, MeasureRequest } from "../../lint/measure/measure_migrations.ts";
import { failuresIn, throwCollected } from "../../failure.ts";
import { nameCollisions } from "../../lint/name_collisions.ts";
import { lintMigrations, readLintedScripts } from "../../lint/lint_migrations.ts";
import type { LintedScript } from "../../lint/model/linted_script.ts";
import { lintedVersions, type LintSelection } from "../../workspace/linted_versions.ts";
import { lintSettings, OLDEST_SERVER } from "../../workspace/lint_settings.ts";
import { openFile } from "../../workspace/working_path.ts";
import type { LintedUnit } from "./linted_unit.ts";
import { databasesOf } from "../invocation/choose_databases.ts";
import type { Invocation } from "../invocation/invocation.ts";

/** Whether and where to measure. */
export interface ShadowOptions {
  readonly measure: boolean;
  readonly shadowUrl?: string | undefined;
}

/**
 * Lints them, one database after another. What is wrong with one of them is thrown after the others.
 *
 * @throws {Failure | Failures} `definition/*`, `graph/*`, `settings/*`, `usage/*`, `plan/unknown-target`.
 */
export async function* lintDatabases(
  invocation: Invocation,
  { selection, shadow }: { readonly selection: LintSelection; readonly shadow: ShadowOptions },
): AsyncGenerator<LintedUnit, void, undefined> {
  const failures = [];
  const read: { readonly database: string; readonly scripts: readonly LintedScript[] }[] = [];
  for (const [name, versions] of await chosenVersions(invocation, [...selection.versions])) {
    try {
      const { units, scripts } = await lintDatabase(invocation, name, {
        selection: { ...selection, versions },
        shadow,
      });
      read.push({ database: name, scripts });
      const config = await invocation.project();
      const collisions = nameCollisions(read, lintSettings(config, name))
        .filter(({ database }) => database === name);
      for (const unit of units) {
        const own = collisions.filter(({ script }) => script === unit.script);
        yield { ...unit, findings: [...unit.findings, ...own.map(({ finding }) => finding)] };
      }
    } catch (error) {
      failures.push(...failuresIn(error));
      if (invocation.signal.aborted) break;
    }
  }
  throwCollected(failures);
}

/** The versions that are named, by their databases; an empty set is all. */
async function chosenVersions(
  invocation: Invocation,
  versions: readonly bigint[],
): Promise<ReadonlyMap<string, ReadonlySet<bigint>>> {
  if (versions.length === 0) {
    return new Map((await invocation.databases()).map((name) => [name, new Set()]));
  }
  const found = await databasesOf(invocation, versions);
  return new Map([...found].map(([name, some]) => [name, new Set(some)]));
}

interface LintedDatabase {
  readonly units: readonly (LintedUnit & { readonly script: LintedScript })[];
  readonly scripts: readonly LintedScript[];
}

async function lintDatabase(
  invocation: Invocation,
  name: string,
  { selection, shadow }: { readonly selection: LintSelection; readonly shadow: ShadowOptions },
): Promise<LintedDatabase> {
  const config = await invocation.project();
  const settings = lintSettings(config, name);
  const oldest = config.value("serverVersion", name) ?? OLDEST_SERVER;
  const { graph } = await invocation.target(name);
  const directory = await directoryOf(invocation);
  const chosen = await lintedVersions({ name, graph }, {
    ...selection,
    directory,
    signal: invocation.signal,
  });
  const scripts = await readLintedScripts(graph.ordered);
  const isOneRelease = selection.since !== undefined;
  const measured = await measuredOf(invocation, name, {
    definitions: graph.ordered,
    isMeasured: chosen.isLinted,
    scripts,
    isOneRelease,
    ...shadow,
  });
  const linted = lintMigrations({
    definitions: graph.ordered,
    ...chosen,
    leaves: graph.leaves,
    scripts,
    oldest,
    settings,
    isOneRelease,
    measured,
  });
  const units = [];
  for (const { definition, findings } of linted) {
    const { path } = definition.up;
    const file = directory === undefined ? path : (await openFile(directory, path))?.path ?? path;
    units.push({
      database: name,
      version: definition.version,
      name: definition.name,
      file,
      findings: findings.map((finding) => ({ ...finding, file })),
      script: scripts[graph.ordered.indexOf(definition)]!,
    });
  }
  return { units, scripts };
}

/** Undefined where nothing is to be measured. What does not run in the shadow is a warning. */
async function measuredOf(
  invocation: Invocation,
  name: string,
  { measure, shadowUrl, ...request }:
    & ShadowOptions
    & Pick<MeasureRequest, "definitions" | "isMeasured" | "scripts" | "isOneRelease">,
): Promise<MeasuredMigrations["measured"] | undefined> {
  if (!measure || !request.definitions.some(request.isMeasured)) return undefined;
  const { measureMigrations } = await import("../../lint/measure/measure_migrations.ts");
  const { openShadow } = await import("./open_shadow.ts");
  const { output, signal } = invocation;
  const scratch = await openShadow(invocation, name, shadowUrl);
  try {
    const { measured, ended } = await measureMigrations(scratch, {
      ...request,
      signal,
      report: (done, total) => output.terminal?.draw([`measuring ${name}: ${done} of ${total}`]),
    });
    output.terminal?.draw([]);
    if (ended !== undefined) {
      output.warn(
        `${name}: only ${
          formatCount(measured.size, "migration")
        } could be measured, the others are ` +
          `judged by rule alone: ${ended.message}`,
      );
    }
    for (const [{ version }, { unseeded }] of measured) {
      if (unseeded.length === 0) continue;
      output.warn(`${name} ${version} was measured without rows in ${unseeded.join(", ")}`);
    }
    return measured;
  } finally {
    await scratch.dispose();
  }
}

/** Undefined where an executable carries the migrations. */
async function directoryOf(invocation: Invocation): Promise<string | undefined> {
  const { label } = await invocation.source();
  if (!label.startsWith("directory ")) return undefined;
  return await invocation.directory() ?? "migrations";
}
