/**
 * What the new migrations of a patch release destroy.
 *
 * @module
 */

import type { DefinitionSet } from "../definition/migration/definition.ts";
import { migrationLabel } from "../plan/plan.ts";
import { type Loss, lossesOf } from "./losses.ts";
import type { ReleaseManifest } from "./release_manifest.ts";
import { newVersions, type ReleaseFinding } from "./release_findings.ts";
import { isPatchOf } from "./release_order.ts";

/**
 * A patch release runs beside the release that it mends, which still uses what that one has. Tables and
 * columns that the patch itself has created may go.
 *
 * @param sets The migrations of the patch release; those without definitions are passed over.
 */
export async function patchLosses(
  sets: readonly DefinitionSet[],
  { manifest, before }: {
    readonly manifest: ReleaseManifest;
    readonly before: ReleaseManifest | undefined;
  },
): Promise<readonly ReleaseFinding[]> {
  if (before === undefined || !isPatchOf(manifest.release, before.release)) return [];
  const findings: ReleaseFinding[] = [];
  for (const { database, definitions } of sets) {
    const shipped = manifest.databases.get(database);
    const former = before.databases.get(database);
    if (shipped === undefined || former === undefined) continue;
    const added = new Set(newVersions(shipped, former));
    for (const definition of definitions.filter(({ version }) => added.has(version))) {
      const step = { definition, direction: "up" as const, script: definition.up };
      const [first] = (await lossesOf([step])).flatMap(destroyedText);
      if (first === undefined) continue;
      findings.push({
        kind: "patch-destroys",
        release: manifest.release,
        database,
        version: definition.version,
        message: `Migration ${migrationLabel(definition)} of "${database}" ${first}, and ` +
          `${before.release}, which a patch release runs beside, may still use it.`,
        hint: "Move that migration to the next minor release.",
      });
    }
  }
  return findings;
}

function destroyedText(loss: Loss): readonly string[] {
  switch (loss.kind) {
    case "table":
      return [`drops the table ${loss.table.name}`];
    case "column":
      return [`drops the column ${loss.column} of ${loss.table.name}`];
    case "schema":
      return [`drops the schema ${loss.schema}`];
    case "extension":
      return [`drops the extension ${loss.extension}`];
    case "rows":
      return loss.by === "TRUNCATE" ? [`truncates ${loss.table.name}`] : [];
    case "unseen":
      return [];
  }
}
