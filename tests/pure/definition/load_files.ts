/**
 * Loads migrations that a test writes down as files.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { DefinitionSet } from "../../../src/definition/migration/definition.ts";
import type { LayoutReading } from "../../../src/definition/layouts/layout.ts";
import { defectsOf as definitionDefects } from "../../../src/definition/migration/script_defects.ts";
import { Failure, Failures, throwCollected } from "../../../src/failure.ts";
import { directoryTree } from "../../../src/source/disk.ts";
import { loadDefinitions } from "../../../src/source/load_definitions.ts";
import { type Files, withFolder } from "../../support/folder.ts";

/** The files as database `app`; defects of a single direction stay with its migration. */
export function readFiles(files: Files, reading: LayoutReading = {}): Promise<DefinitionSet> {
  return withFolder(
    files,
    (root) => loadDefinitions(directoryTree(root), { ...reading, database: "app" }),
  );
}

/** The files as database `app`, of which none may have a defect. */
export async function loadFiles(files: Files, reading: LayoutReading = {}): Promise<DefinitionSet> {
  const set = await readFiles(files, reading);
  throwCollected(definitionDefects(set.definitions));
  return set;
}

/** What is wrong with the files; fails when nothing is. */
export async function defectsOf(
  files: Files,
  reading: LayoutReading = {},
): Promise<readonly Failure[]> {
  try {
    await loadFiles(files, reading);
  } catch (error) {
    if (error instanceof Failures) return error.failures;
    if (error instanceof Failure) return [error];
    throw error;
  }
  assert.fail("nothing was refused");
}

/** Code and place of each, below the database: `definition/syntax at 1_a.up.sql:1:1`. */
export function codesAndPlaces(defects: readonly Failure[]): string[] {
  return defects.map(({ code, place }) => {
    const parts = [place?.file.replace(/^app\/?/, ""), place?.line, place?.column];
    return `${code} at ${parts.filter((part) => part !== undefined).join(":")}`;
  });
}
