/**
 * From a directory of migrations to an executable that carries them.
 *
 * @module
 */

import * as path from "node:path";
import type { DefinitionSet, LayoutName } from "../definition/definition.ts";
import { Failure } from "../failure.ts";
import { executablePath } from "../runtime/executable.ts";
import { isDirectory, readBytes } from "../runtime/files.ts";
import { openDirectory } from "../source/disk.ts";
import { scriptsOf } from "./bundle_index.ts";
import { type BundledFile, writeBundle, type WrittenBundle } from "./write_bundle.ts";

/**
 * Bundles the migrations of a directory.
 *
 * @param options.base Instead of the running executable.
 * @throws {Failure | Failures} `definition/*`, `graph/*`, `source/*`, `bundle/*`.
 */
export async function bundleMigrations(
  options: {
    readonly migrations: string;
    readonly output: string;
    readonly base?: string | undefined;
  },
): Promise<WrittenBundle> {
  const base = options.base ?? executablePath();
  if (base === undefined) {
    throw new Failure(
      "bundle/base",
      "There is no executable to start from: this runs from source.",
      {
        hint: "Pass one with --base, such as dist/migrator, which deno task compile makes.",
      },
    );
  }
  return await writeBundle({
    base,
    output: options.output,
    source: await openDirectory(options.migrations),
    files: (sets) => readFiles(options.migrations, sets),
  });
}

/** What may lie beside the scripts of a migration. */
const METADATA: { readonly [layout in LayoutName]?: string } = {
  "directory": "metadata.yaml",
  "plain-directory": "metadata.toml",
};

/** The scripts of these sets, and the metadata that lies beside them. */
async function readFiles(
  directory: string,
  sets: readonly DefinitionSet[],
): Promise<readonly BundledFile[]> {
  const metadata = sets.flatMap(({ layout, definitions }) => {
    const file = METADATA[layout];
    return file === undefined
      ? []
      : definitions.map(({ up }) => `${path.posix.dirname(up.path)}/${file}`);
  });
  const root = await rootOf(directory, sets);
  const files: BundledFile[] = [];
  for (const file of [...scriptsOf(sets).map((script) => script.path), ...metadata]) {
    const content = await readBytes(path.join(root, file));
    if (content !== undefined) files.push({ path: file, content });
  }
  return files;
}

/** What the paths of scripts start from: a directory may be that of a single database itself. */
async function rootOf(directory: string, sets: readonly DefinitionSet[]): Promise<string> {
  const below = sets[0] && await isDirectory(path.join(directory, sets[0].database));
  return below ? directory : path.dirname(path.resolve(directory));
}
