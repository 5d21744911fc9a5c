/**
 * Looks into a bundle: what it carries, and whether it is as it was made.
 *
 * @module
 */

import type { KeyObject } from "node:crypto";
import { Failure } from "../failure.ts";
import {
  BACKGROUND_ENTRY,
  type BundleBackground,
  type BundleIndex,
  type BundleManifest,
  fileEntry,
  INDEX_ENTRY,
  MANIFEST_ENTRY,
  PROJECT_ENTRY,
} from "./bundle_index.ts";
import { RELEASES_FOLDER } from "../source/release_files.ts";
import { checkSignature } from "./signature.ts";
import { programDigest } from "./program_digest.ts";
import { verifyArchive } from "./verify_bundle.ts";
import { Archive } from "./zip_reader.ts";

/** What an executable carries. */
export interface InspectedBundle {
  /** The version of the program that wrote the bundle. */
  readonly tool: string;
  readonly format: number;
  readonly databases: readonly InspectedDatabase[];
  /** Tags of the releases whose manifests it carries. */
  readonly releases: readonly string[];
  /** The settings file that it carries. */
  readonly settings: string | undefined;
  /** Count of all entries. */
  readonly entries: number;
  /** The fingerprint of the key that signed it; undefined when nobody has. */
  readonly signedBy: string | undefined;
}

/** One database of a bundle. */
export interface InspectedDatabase {
  readonly name: string;
  readonly migrations: number;
  readonly batched: readonly string[];
}

/**
 * Compares every byte of a bundle with its digests, and reads what it carries.
 *
 * @param publicKey The key that must have signed it; undefined: any, or none.
 * @throws {Failure} `bundle/none`, `bundle/corrupt`, `bundle/unreadable`, `bundle/unsigned`,
 * `bundle/signature`.
 */
export function inspectBundle(file: string, publicKey: KeyObject | undefined): InspectedBundle {
  const archive = Archive.open(file);
  if (archive === undefined) {
    throw new Failure("bundle/none", `${file} carries no migrations.`, {
      hint: "Make one that does: migrator bundle --migrations DIR --output FILE",
    });
  }
  try {
    verifyArchive(archive);
    const manifest = archive.json<BundleManifest>(MANIFEST_ENTRY);
    if (publicKey !== undefined) {
      checkSignature(archive, { manifest, program: programDigest(archive), publicKey });
    }
    return describe(archive, manifest);
  } finally {
    archive.close();
  }
}

function describe(archive: Archive, { signature }: BundleManifest): InspectedBundle {
  const index = archive.json<BundleIndex>(INDEX_ENTRY);
  const names = archive.names();
  const background = names.includes(BACKGROUND_ENTRY)
    ? archive.json<BundleBackground>(BACKGROUND_ENTRY)
    : {};
  const prefix = fileEntry(`${RELEASES_FOLDER}/`);
  return {
    tool: index.tool,
    format: index.format,
    databases: index.databases.map(({ name, definitions }) => ({
      name,
      migrations: definitions.length,
      batched: (background[name] ?? []).map((one) => one.name),
    })),
    releases: names.filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length).replace(/\.json$/, "")),
    settings: names.includes(PROJECT_ENTRY) ? PROJECT_ENTRY : undefined,
    entries: names.length,
    signedBy: signature?.key,
  };
}
