/**
 * Finds the migrations of this invocation.
 *
 * @module
 */

import type { BundledSource } from "../bundle/bundle_source.ts";
import type { LayoutReading } from "../definition/layouts/layout.ts";
import { isDirectory } from "../runtime/files.ts";
import { executablePath } from "../runtime/executable.ts";
import type { Source } from "../source/source.ts";

/** What decides where the migrations are. */
export interface SourceQuery {
  /** The directory that an option or a settings file names. */
  readonly directory: string | undefined;
  /** True when the directory was given on this command line, so the user needs no notice. */
  readonly isTyped: boolean;
  readonly carried: BundledSource | undefined;
  /** How the settings say to read a database's migrations on disk. */
  readonly readingOf: (database: string) => LayoutReading;
  readonly warn: (message: string) => void;
}

/**
 * Opens the named directory, else what the executable carries, else `./migrations`.
 *
 * @throws {Failure} `source/*`.
 */
export async function findSource(
  { directory, isTyped, carried, readingOf, warn }: SourceQuery,
): Promise<Source> {
  if (directory !== undefined) {
    if (carried && !isTyped) {
      warn(`using the migrations in ${directory} instead of those ${carried.label}`);
    }
    return await openDirectorySource(directory, readingOf);
  }
  if (carried && await isDirectory("migrations")) {
    warn(
      `using the migrations ${carried.label}; those in ./migrations are not looked at without ` +
        "--migrations migrations",
    );
  }
  return carried ?? await openDirectorySource("migrations", readingOf);
}

/**
 * Opens what the executable carries; undefined when it carries nothing.
 *
 * @throws {Failure} `bundle/*`.
 */
export async function embeddedSource(): Promise<BundledSource | undefined> {
  const executable = executablePath();
  if (executable === undefined) return undefined;
  const { openBundle } = await import("../bundle/bundle_source.ts");
  return await openBundle(executable);
}

async function openDirectorySource(
  path: string,
  readingOf: SourceQuery["readingOf"],
): Promise<Source> {
  const { openDirectory } = await import("../source/disk.ts");
  return await openDirectory(path, readingOf);
}
