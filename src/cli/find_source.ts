/**
 * Where the migrations of this invocation are.
 *
 * @module
 */

import { isDirectory } from "../runtime/files.ts";
import { executablePath } from "../runtime/executable.ts";
import type { Source } from "../source/source.ts";
import type { Output } from "./output/output.ts";

/**
 * A directory that was named, else what the executable carries, else `./migrations`.
 *
 * @throws {Failure} `source/*`, `bundle/*`.
 */
export async function findSource(directory: string | undefined, output: Output): Promise<Source> {
  const carried = await carriedSource();
  if (directory !== undefined) {
    if (carried) {
      output.warn(`using the migrations in ${directory} instead of those ${carried.label}`);
    }
    return await openDirectorySource(directory);
  }
  if (carried && await isDirectory("migrations")) {
    output.warn(
      `using the migrations ${carried.label}; those in ./migrations are not looked at without ` +
        "--migrations migrations",
    );
  }
  return carried ?? await openDirectorySource("migrations");
}

async function carriedSource(): Promise<Source | undefined> {
  const executable = executablePath();
  if (executable === undefined) return undefined;
  const { openBundle } = await import("../bundle/bundle_source.ts");
  return await openBundle(executable);
}

async function openDirectorySource(path: string): Promise<Source> {
  const { openDirectory } = await import("../source/disk.ts");
  return await openDirectory(path);
}
