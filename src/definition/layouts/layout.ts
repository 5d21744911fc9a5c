// Pure.
/**
 * What every layout of migrations on disk provides.
 *
 * @module
 */

import { Failure, type Place } from "../../failure.ts";
import type { BatchedReference } from "../batched/batched_reference.ts";
import type {
  Definition,
  Direction,
  LayoutName,
  TransactionPolicy,
} from "../migration/definition.ts";
import type { KnownScripts } from "../migration/script.ts";
import type { Lineage } from "../migration/version.ts";

/** An entry of a folder. */
export interface TreeEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** The files of one database, wherever they are kept. Paths use `/`; the top is the empty path. */
export interface Tree {
  /** Ascending by name; undefined when there is no such folder. */
  list(path: string): Promise<readonly TreeEntry[] | undefined>;
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** What a layout made of a folder. */
export interface LaidOut {
  /** In no particular order; without those that have defects. */
  readonly definitions: readonly Definition[];
  /** Every version once, also those with defects. */
  readonly nodes: readonly Lineage[];
  /** Versions whose parents could not be read. */
  readonly orphans: ReadonlySet<bigint>;
  /** Where a migration is declared, or where it names this parent. */
  placeOf(version: bigint, parent?: bigint): Place | undefined;
  /** Where a migration names a batched one. */
  readonly referencePlaces: ReadonlyMap<BatchedReference, Place>;
}

/** What a project says of a database's migrations, beside what their files say. */
export interface LayoutReading {
  /** Default: what is detected. */
  readonly layout?: LayoutName | undefined;
  /** Default: `auto`. */
  readonly transaction?: TransactionPolicy | undefined;
  /** What is put in place of variables, in layouts whose tool does so. Default: nothing. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
}

/** How to read a folder. */
export interface LayoutOptions {
  /** The name of the database, which all paths in messages begin with. */
  readonly database: string;
  /** Default: `auto`. */
  readonly transaction?: TransactionPolicy | undefined;
  /** Default: none. */
  readonly variables?: ReadonlyMap<string, string> | undefined;
  /** Up scripts that need not be parsed. Default: none. */
  readonly known?: KnownScripts | undefined;
  /**
   * Called with every defect.
   *
   * @param blocks The direction that it is in the way of; undefined: it spoils the whole set.
   */
  readonly report: (defect: Failure, blocks?: Direction) => void;
  /** Called with what is no defect, and that a person should know: a clause. */
  readonly warn?: (clause: string) => void;
}

/** One way to lay out migrations. */
export interface Layout {
  readonly name: LayoutName;
  /** True for an entry that is called like a migration in this layout; others may share the names. */
  recognises(entry: TreeEntry): boolean;
  /** The file that only a folder in this layout has, by which it is detected. */
  mark?(tree: Tree): Promise<string | undefined>;
  load(tree: Tree, options: LayoutOptions): Promise<LaidOut>;
}

/** Reports two paths that claim one version. */
export function duplicateVersion(
  version: bigint,
  { paths, report }: {
    readonly paths: readonly [string, string];
    readonly report: (defect: Failure) => void;
  },
): void {
  report(
    new Failure("definition/duplicate-version", `${paths.join(" and ")} are both ${version}.`, {
      hint: `Give one of them another version: \`mv ${paths[1]} …\`.`,
      place: { file: paths[1] },
      facts: { version: String(version), paths },
    }),
  );
}

/** Reports a version beyond PostgreSQL's bigint. */
export function versionTooLarge(path: string, report: (defect: Failure) => void): void {
  report(
    new Failure(
      "definition/version-too-large",
      `The version of ${path} is larger than PostgreSQL's bigint.`,
      {
        hint: "Rename it: versions go up to 9223372036854775807.",
        place: { file: path },
      },
    ),
  );
}

/** Reports a name that was surely meant to be a migration's. */
export function malformedName(
  path: string,
  { expected, report }: { readonly expected: string; readonly report: (defect: Failure) => void },
): void {
  report(
    new Failure("definition/malformed-name", `${path} is not named like a migration.`, {
      hint: `Rename it to ${expected}, or so that it does not begin with a digit.`,
      place: { file: path },
    }),
  );
}
