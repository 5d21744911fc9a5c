/**
 * Makes an executable that carries a directory of migrations.
 *
 * @module
 */

import * as path from "node:path";
import type { DefinitionSet, LayoutName } from "../definition/migration/definition.ts";
import type { LayoutReading } from "../definition/layouts/layout.ts";
import { Failure } from "../failure.ts";
import { passwordLine, passwordsIn } from "../config/passwords.ts";
import { executablePath } from "../runtime/executable.ts";
import { isDirectory, readRegularFile } from "../runtime/files.ts";
import { openDirectory } from "../source/disk.ts";
import type { Source } from "../source/source.ts";
import { scriptsOf } from "./bundle_index.ts";
import {
  type BundledFile,
  type BundledSettings,
  type BundleOptions,
  writeBundle,
  type WrittenBundle,
} from "./write_bundle.ts";

/**
 * Bundles the migrations of a directory.
 *
 * @param options.base Default: the running executable.
 * @param options.settings Settings to carry. Variables in them are not expanded.
 * @param options.readingOf How the settings say to read a database's files.
 * @param options.privateKey An ed25519 key that signs the bundle.
 * @param options.defined Batched migrations that the program defines in TypeScript.
 * @throws {Failure | Failures} `definition/*`, `graph/*`, `source/*`, `settings/*`, `bundle/*`.
 */
export async function bundleMigrations(
  options: {
    readonly migrations: string;
    readonly output: string;
    readonly base?: string | undefined;
    readonly settings?: BundledSettings;
    readonly readingOf?: (database: string) => LayoutReading;
    readonly defined?: BundleOptions["defined"];
    readonly privateKey?: BundleOptions["privateKey"];
  },
): Promise<WrittenBundle> {
  const { settings } = options;
  if (settings !== undefined) refusePasswords(settings);
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
  const source = await openDirectory(options.migrations, options.readingOf);
  return await writeBundle({
    base,
    output: options.output,
    source,
    settings,
    defined: options.defined,
    privateKey: options.privateKey,
    files: async (sets) => [
      ...await readFiles(options.migrations, sets),
      ...await releaseFiles(source),
    ],
  });
}

/** Anyone who has an executable can read what it carries. */
function refusePasswords({ project, content }: BundledSettings): void {
  const [name] = passwordsIn(project);
  const line = content === undefined ? undefined : passwordLine(content);
  if (name === undefined && line === undefined) return;
  throw new Failure(
    "bundle/password",
    `${project.file} holds a password${name === undefined ? "" : ` in ${name}`}, and a bundle is ` +
      "read by everybody who gets it.",
    {
      hint:
        "Leave it out: <NAME>_PGPASSWORD, PGPASSWORD and the pass file are asked for it where the " +
        "bundle is run.",
      place: { file: project.file, ...(line === undefined ? {} : { line }) },
    },
  );
}

/** The metadata file that each layout allows beside a migration's scripts. */
const METADATA: { readonly [layout in LayoutName]?: string } = {
  "directory": "metadata.yaml",
  "plain-directory": "metadata.toml",
};

/** Reads the scripts of these sets, their metadata files, and the files in `background/`. */
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
  const background = sets.flatMap((set) => set.background.map(({ path }) => path));
  const squashes = sets.flatMap((set) => (set.squashes ?? []).map(({ path }) => path));
  for (
    const file of [
      ...scriptsOf(sets).map((script) => script.path),
      ...metadata,
      ...background,
      ...squashes,
    ]
  ) {
    const content = await readRegularFile(path.join(root, file));
    if (content !== undefined) files.push({ path: file, content });
  }
  return files;
}

async function releaseFiles(source: Source): Promise<readonly BundledFile[]> {
  const encoder = new TextEncoder();
  return (await source.releases?.() ?? []).map(({ path, text }) => ({
    path,
    content: encoder.encode(text),
  }));
}

/**
 * The directory that script paths are relative to; `directory` may itself be that of one database.
 */
async function rootOf(directory: string, sets: readonly DefinitionSet[]): Promise<string> {
  const below = sets[0] && await isDirectory(path.join(directory, sets[0].database));
  return below ? directory : path.dirname(path.resolve(directory));
}
