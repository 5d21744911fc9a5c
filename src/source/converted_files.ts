/**
 * The migrations of a database as files of another layout.
 *
 * Versions, order, transactions and the checksums of the SQL stay what they are, so that a database that
 * has applied the old files agrees with the new ones.
 *
 * @module
 */

import { stringify } from "yaml";
import { REFERENCE_KEYS } from "../definition/batched/batched_reference.ts";
import type {
  Definition,
  DefinitionSet,
  Metadata,
  Script,
} from "../definition/migration/definition.ts";
import { withoutHeader } from "../definition/migration/header.ts";
import { compareVersions } from "../definition/migration/version.ts";
import { Failure } from "../failure.ts";
import { formatDuration } from "../format/duration.ts";
import type { ConvertedLayout } from "./convertible.ts";
import { slugOf } from "./next_migration.ts";

/** A file by its path below the folder of the database. */
export interface ConvertedFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Writes each migration anew. Defects of the SQL stay in it.
 *
 * @throws {Failure} `definition/ambiguous-order` for a graph whose order a line of versions cannot keep.
 */
export async function convertedFiles(
  set: DefinitionSet,
  layout: ConvertedLayout,
): Promise<readonly ConvertedFile[]> {
  if (layout === "golang-migrate") refuseOtherOrder(set);
  const write = layout === "directory" ? directoryFiles : flatFiles;
  const files = [];
  for (const definition of set.definitions) {
    const isNone = isNoneByDeclaration(definition);
    files.push(...write(definition, {
      up: await textOf(definition.up, { isNone }),
      down: definition.down && await textOf(definition.down, { isNone }),
    }));
  }
  return files;
}

/** The SQL without header lines. A transaction that the declaration would take away is written out. */
async function textOf(
  script: Script,
  { isNone }: { readonly isNone: boolean },
): Promise<string> {
  const text = withoutHeader(await script.read());
  const isWrapped = isNone && script.transaction === "single" && script.statements.length > 0;
  return isWrapped ? `BEGIN;\n${text}\n;\nCOMMIT;\n` : text;
}

/** The SQL of a migration, without header lines. */
interface Texts {
  readonly up: string;
  readonly down: string | undefined;
}

function directoryFiles(definition: Definition, { up, down }: Texts): readonly ConvertedFile[] {
  const { name, parents } = definition;
  const directory = fileName(definition);
  const metadata = {
    name,
    parents: [...parents],
    ...(definition.up.statements.some(({ concurrentIndex }) => concurrentIndex)
      ? { createIndexConcurrently: true }
      : {}),
    ...settingsOf(definition),
  };
  return [
    { path: `${directory}/up.sql`, content: up },
    ...(down === undefined ? [] : [{ path: `${directory}/down.sql`, content: down }]),
    {
      path: `${directory}/metadata.yaml`,
      content: stringify(metadata, { lineWidth: 0, blockQuote: false }),
    },
  ];
}

function flatFiles(definition: Definition, { up, down }: Texts): readonly ConvertedFile[] {
  const header = Object.entries(settingsOf(definition)).map(([key, value]) =>
    `-- migrator: ${key}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`
  );
  // golang-migrate reads no file without a title.
  const file = fileName({ ...definition, name: slugOf(definition.name) || "migration" });
  return [
    { path: `${file}.up.sql`, content: header.join("") + up },
    ...(down === undefined ? [] : [{ path: `${file}.down.sql`, content: down }]),
  ];
}

function fileName({ version, name }: Pick<Definition, "version" | "name">): string {
  const slug = slugOf(name);
  return slug === "" ? String(version) : `${version}_${slug}`;
}

/** The settings that both layouts spell alike, by key. */
function settingsOf(definition: Definition): Readonly<Record<string, unknown>> {
  const { metadata } = definition;
  const { privileged, nonIdempotent, lockTimeout, statementTimeout } = metadata;
  const irreversible = irreversibleBecause(definition);
  const time = (milliseconds: number) => milliseconds === 0 ? "none" : formatDuration(milliseconds);
  return {
    ...(privileged ? { privileged } : {}),
    ...(nonIdempotent ? { nonIdempotent } : {}),
    ...(isNoneByDeclaration(definition) ? { transaction: "none" } : {}),
    ...(lockTimeout === undefined ? {} : { lockTimeout: time(lockTimeout) }),
    ...(statementTimeout === undefined ? {} : { statementTimeout: time(statementTimeout) }),
    ...(irreversible === undefined ? {} : { irreversible }),
    ...referencesOf(metadata),
  };
}

/** A reason on one line; undefined for a migration that has a way back. */
function irreversibleBecause({ metadata, down, defects }: Definition): string | undefined {
  if (metadata.irreversible !== undefined) return metadata.irreversible.replaceAll(/\s+/g, " ");
  if (down !== undefined) return undefined;
  return defects?.down ? "its down script is not SQL" : "it has no down script";
}

/** Whether a script runs outside a transaction, and nothing in its SQL shows why. */
function isNoneByDeclaration({ up, down }: Definition): boolean {
  return [up, down].some((script) =>
    script?.transaction === "none" && script.transactions === undefined &&
    script.statements.every(({ outside }) => outside === undefined)
  );
}

function referencesOf(metadata: Metadata): Readonly<Record<string, unknown>> {
  return Object.fromEntries(REFERENCE_KEYS.flatMap((key) => {
    const references = metadata[key];
    if (references === undefined) return [];
    return [[
      key,
      references.map(({ name, arguments: given }) =>
        given === undefined ? name : { name, arguments: given }
      ),
    ]];
  }));
}

function refuseOtherOrder({ definitions, database }: DefinitionSet): void {
  for (const [index, { version, up }] of definitions.entries()) {
    const before = definitions[index - 1];
    if (before === undefined || compareVersions(before.version, version) < 0) continue;
    throw new Failure(
      "definition/ambiguous-order",
      `Migration ${version} of "${database}" runs behind ${before.version}, and golang-migrate would ` +
        "run it before: its order is that of the versions.",
      {
        hint: `Keep the order as parents: migrator convert --db ${database} --to directory`,
        place: { file: up.path },
      },
    );
  }
}
