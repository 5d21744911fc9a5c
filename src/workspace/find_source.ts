/**
 * Finds the migrations of this invocation.
 *
 * @module
 */

import type { KeyObject } from "node:crypto";
import type { BundledSource } from "../bundle/bundle_source.ts";
import type { LayoutReading } from "../definition/layouts/layout.ts";
import { Failure } from "../failure.ts";
import { isDirectory } from "../runtime/files.ts";
import { executablePath } from "../runtime/executable.ts";
import type { Source } from "../source/source.ts";
import { TRUSTED_KEY, trustedKey } from "./trusted_key.ts";

/** What decides where the migrations are. */
export interface SourceQuery {
  /** The directory that an option or a settings file names. */
  readonly directory: string | undefined;
  /** True when the directory was given on this command line, so the user needs no notice. */
  readonly isTyped: boolean;
  readonly carried: BundledSource | undefined;
  /** May name the key that has to have signed what is run. */
  readonly environment: Readonly<Record<string, string | undefined>>;
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
  { directory, isTyped, carried, environment, readingOf, warn }: SourceQuery,
): Promise<Source> {
  const trusted = await trustedKey(environment[TRUSTED_KEY]);
  if (trusted !== undefined) return await signedSource({ directory, carried, trusted });
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

/** @throws {Failure} `bundle/unsigned`, `bundle/signature`, `bundle/corrupt`. */
async function signedSource(
  { directory, carried, trusted }: Pick<SourceQuery, "directory" | "carried"> & {
    readonly trusted: KeyObject;
  },
): Promise<Source> {
  if (carried === undefined || directory !== undefined) {
    const where = directory ?? "migrations";
    throw new Failure(
      "bundle/unsigned",
      `${TRUSTED_KEY} allows only signed migrations, and those in ${where} are files.`,
      { hint: "Use an executable that carries them, signed: migrator bundle --sign KEY" },
    );
  }
  await carried.verifySignature(trusted);
  return carried;
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
