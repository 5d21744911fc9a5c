/**
 * Layouts with one file for each migration, whose name begins with a number.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";
import { decodeText } from "../text/decode_text.ts";
import type { Origin } from "../migration/definition.ts";
import { duplicateVersion, type LaidOut, type LayoutOptions, type Tree } from "./layout.ts";
import { versionTooLarge } from "./layout.ts";
import { type LinearMigration, loadLinear } from "./linear_layout.ts";
import type { Section } from "./sections.ts";
import { compareVersions, versionOf } from "../migration/version.ts";

/** A file's name, taken apart. */
export interface NumberedName {
  /** The number, as it is written. */
  readonly digits: string;
  readonly title: string;
}

/** A file that is a migration. */
export interface NumberedFile extends NumberedName {
  /** Below the folder of the database. */
  readonly path: string;
  /** Nothing of it can be run, for this reason. */
  readonly defect?: Failure;
  /** What its tool knows it by, where nothing of it is read. */
  readonly origin?: Origin;
}

/** What a file holds. */
export interface FileParts {
  /** Undefined: the file as it stands. */
  readonly up: Section | undefined;
  /** Undefined: there is no way back. */
  readonly down: Section | undefined;
  readonly origin?: Origin | undefined;
}

/** How a layout with one file for each migration is read. */
export interface NumberedOptions extends LayoutOptions {
  /** In the order in which the tool runs them. */
  readonly files: readonly NumberedFile[];
  /**
   * What the tool tells migrations apart by. By version, two files of one version are refused. By
   * name, they are both read, and the later one's version is lengthened by two digits.
   */
  readonly key: "version" | "name";
  /** Takes a file apart; `text` is without its byte order mark. */
  readonly partsOf: (
    text: string,
    file: NumberedFile & { readonly bytes: Uint8Array },
  ) => FileParts;
}

/** Reads the files as a line, and reports everything that is wrong. */
export async function loadNumbered(tree: Tree, options: NumberedOptions): Promise<LaidOut> {
  const migrations = new Map<bigint, LinearMigration>();
  for (const file of options.files) {
    const path = `${options.database}/${file.path}`;
    const number = versionOf(file.digits);
    if (number === undefined) {
      versionTooLarge(path, options.report);
      continue;
    }
    const other = migrations.get(number);
    if (other !== undefined && options.key === "version") {
      const paths = [`${options.database}/${other.home}`, path] as const;
      duplicateVersion(number, { paths, report: options.report });
      continue;
    }
    migrations.set(freeVersion(number, migrations), await migrationOf(tree, file, options));
  }
  return await loadLinear(tree, { ...options, migrations, order: "as-given", downs: "optional" });
}

/** Numeric, then by name. */
export function byNumber(a: NumberedFile, b: NumberedFile): number {
  return compareVersions(BigInt(a.digits), BigInt(b.digits)) || (a.path < b.path ? -1 : 1);
}

/** The number, or the first that continues it and that no migration has. */
export function freeVersion(number: bigint, taken: ReadonlyMap<bigint, unknown>): bigint {
  let version = number;
  for (let count = 1; taken.has(version); count++) {
    version = BigInt(`${number}${String(count).padStart(2, "0")}`);
  }
  return version;
}

async function migrationOf(
  tree: Tree,
  file: NumberedFile,
  { database, partsOf }: NumberedOptions,
): Promise<LinearMigration> {
  const { path, title, defect } = file;
  if (defect !== undefined) {
    return {
      name: title,
      home: path,
      up: { path, exists: true, text: "" },
      down: { path, exists: false },
      transactionNone: false,
      blocked: defect,
      ...(file.origin === undefined ? {} : { origin: file.origin }),
    };
  }
  const bytes = await tree.read(path) ?? new Uint8Array();
  // Bytes that are no text are reported when the script is compiled.
  const text = decodeText(bytes, { path: `${database}/${path}`, report: () => {} });
  const parts = text === undefined ? undefined : partsOf(text, { ...file, bytes });
  const { up, down, origin } = parts ?? {};
  return {
    name: title,
    home: path,
    up: { path, exists: true, ...up },
    down: { path, exists: down !== undefined, ...down },
    transactionNone: false,
    ...(origin === undefined ? {} : { origin }),
  };
}
