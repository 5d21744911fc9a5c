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

/** What decides. */
export interface SourceQuery {
  /** A directory that was named, by an option or in a settings file. */
  readonly directory: string | undefined;
  /** It was named for this one command: nobody has to be told. */
  readonly isTyped: boolean;
  readonly carried: BundledSource | undefined;
  /** What the project says of a database's migrations on disk. */
  readonly readingOf: (database: string) => LayoutReading;
  readonly warn: (message: string) => void;
}

/**
 * A directory that was named, else what the executable carries, else `./migrations`.
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
 * What the executable carries.
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
