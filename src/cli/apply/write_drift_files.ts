/**
 * The two files that end drift: one takes the database back, the other makes its schema official.
 *
 * @module
 */

import * as path from "node:path";
import { readingOf } from "../../config/reading.ts";
import { Failure } from "../../failure.ts";
import { systemClock } from "../../runtime/clock.ts";
import { nextMigration } from "../../source/next_migration.ts";
import type { MigrationText } from "../../source/templates.ts";
import { writeTemplate } from "../../source/write_template.ts";
import type { Invocation } from "../invocation/invocation.ts";
import { incorporationText, revertScript } from "../output/repair_script.ts";
import type { FoundDrift } from "./look_for_drift.ts";
import { writeNewFile } from "./write_new_file.ts";

/** @throws {Failure} `usage/file-exists`, `usage/system`. */
export async function writeRevert(
  { output }: Invocation,
  { drift }: FoundDrift,
  file: string,
): Promise<void> {
  await writeNewFile(file, revertScript(drift));
  output.print(`  wrote ${file}: read it before it is run`);
}

/**
 * Writes a migration in the project's layout into a folder of its own, from where its author moves it.
 * Where the layout's own tool has to write migrations, its two scripts are written.
 *
 * @throws {Failure} `source/not-written`, `usage/file-exists`.
 */
export async function writeIncorporation(
  invocation: Invocation,
  { catalog, drift }: FoundDrift,
  folder: string,
): Promise<void> {
  const { output } = invocation;
  const [database = ""] = catalog.databases.map(({ name }) => name);
  const { set } = await invocation.target(database);
  const text = incorporationText(drift, { label: catalog.label });
  const { layout } = readingOf(await invocation.project(), database);
  try {
    const { version, paths } = await writeTemplate(
      folder,
      nextMigration(set, {
        ...{ database, layout, text },
        name: "incorporate drift",
        now: systemClock.now(),
      }),
    );
    for (const written of paths) output.print(`  wrote ${written}`);
    output.print(
      `  next: read it, and move it to the migrations of ${database}. What it does is done here ` +
        `already: migrator log add ${version} --up --db ${database} --reason "was drift"`,
    );
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "definition/own-tool") throw error;
    await writeScripts(invocation, { folder, text });
    output.print(`  next: put them into a migration that the layout's tool makes: ${error.hint}`);
  }
}

async function writeScripts(
  { output }: Invocation,
  { folder, text: { up, down } }: { readonly folder: string; readonly text: MigrationText },
): Promise<void> {
  for (const [name, script] of Object.entries({ up, down })) {
    const file = path.join(folder, `${name}.sql`);
    await writeNewFile(file, script);
    output.print(`  wrote ${file}`);
  }
}
