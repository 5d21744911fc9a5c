// Pure.
/**
 * Reads `metadata.yaml`: the settings of a migration.
 *
 * @module
 */

import { isScalar, isSeq, type Node } from "yaml";
import { Failure, type Place } from "../../failure.ts";
import { type BatchedReference, REFERENCE_KEYS } from "../batched/batched_reference.ts";
import type { Metadata } from "./definition.ts";
import { compareVersions, LARGEST_VERSION } from "./version.ts";
import { readReferences, referenceHint } from "../batched/read_references.ts";
import { inOrderOfPlaces, readMapping, type YamlMapping } from "../../yaml/yaml_mapping.ts";

/** The contents of a metadata file. */
export interface MetadataFile {
  readonly name: string | undefined;
  /** Ascending, without repeats. */
  readonly parents: readonly bigint[];
  /** False when some parents could not be read. */
  readonly allParents: boolean;
  readonly createIndexConcurrently: boolean;
  readonly transactionNone: boolean;
  readonly metadata: Metadata;
  readonly referencePlaces: ReadonlyMap<BatchedReference, Place>;
  /** The 1-based line of a key, or of a parent in the list. */
  lineOf(what: MetadataKey | bigint): number | undefined;
}

const KEYS = [
  "name",
  "parents",
  "parent",
  "createIndexConcurrently",
  "privileged",
  "nonIdempotent",
  "transaction",
  "lockTimeout",
  "statementTimeout",
  "irreversible",
  "dataLoss",
  "queues",
  "finalizes",
  "deletes",
  "requiresRelease",
  // Sourcegraph's: read, and not obeyed. A migration waits for others as --lock-timeout says.
  "bestEffortTerminateBlockingTransactions",
] as const;

/** The keys of a metadata file. */
export type MetadataKey = typeof KEYS[number];

interface Reporting {
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

/**
 * Reads a metadata file and reports its defects with line and column.
 *
 * @returns Undefined when the file is not a YAML mapping. Otherwise its valid keys; those with
 * defects are left out.
 */
export function readMetadata(
  text: string,
  { path, report }: Reporting,
): MetadataFile | undefined {
  const defects: Failure[] = [];
  const reporting = { path, report: (defect: Failure) => void defects.push(defect) };
  const mapping = readMapping(text, { ...reporting, keys: KEYS, example: "parents: []" });
  const file = mapping && understand(mapping, reporting);
  for (const defect of inOrderOfPlaces(defects)) report(defect);
  return file;
}

function understand(mapping: YamlMapping<MetadataKey>, { path, report }: Reporting): MetadataFile {
  if (mapping.has("requiresRelease")) {
    report(
      new Failure(
        "definition/not-supported-yet",
        `${path} uses \`requiresRelease\`, but which release must come first is said by releases.`,
        {
          hint:
            "Remove `requiresRelease`. Make the release that must be reached first a required " +
            "stop: migrator release cut TAG --stop",
          place: mapping.placeOf("requiresRelease"),
        },
      ),
    );
  }
  const parents = readParents(mapping, { path, report });
  const irreversible = mapping.string("irreversible");
  const dataLoss = mapping.string("dataLoss");
  const lockTimeout = mapping.duration("lockTimeout");
  const statementTimeout = mapping.duration("statementTimeout");
  const referencePlaces = new Map<BatchedReference, Place>();
  const references = REFERENCE_KEYS.filter((key) => mapping.has(key)).map((key) => {
    const wrong = (node: Node | null) => mapping.wrong(key, { node, hint: referenceHint(key) });
    const read = readReferences(mapping.node(key) ?? null, wrong);
    for (const { reference, node } of read) {
      referencePlaces.set(reference, mapping.placeOf(key, node));
    }
    return [key, read.map(({ reference }) => reference)] as const;
  });
  return {
    name: mapping.string("name", { mayBeEmpty: true }),
    parents: [...parents.lines.keys()].sort(compareVersions),
    allParents: parents.all,
    createIndexConcurrently: mapping.flag("createIndexConcurrently"),
    transactionNone: transactionNone(mapping),
    metadata: {
      privileged: mapping.flag("privileged"),
      nonIdempotent: mapping.flag("nonIdempotent"),
      ...(irreversible === undefined ? {} : { irreversible }),
      ...(dataLoss === undefined ? {} : { dataLoss }),
      ...(lockTimeout === undefined ? {} : { lockTimeout }),
      ...(statementTimeout === undefined ? {} : { statementTimeout }),
      ...Object.fromEntries(references.filter(([, list]) => list.length > 0)),
    },
    referencePlaces,
    lineOf: (what) =>
      typeof what === "bigint"
        ? parents.lines.get(what)
        : mapping.has(what)
        ? mapping.placeOf(what).line
        : undefined,
  };
}

function transactionNone(mapping: YamlMapping<MetadataKey>): boolean {
  const node = mapping.node("transaction");
  if (node === undefined) return false;
  if (isScalar(node) && node.value === "none") return true;
  const hint = "Write `transaction: none`, or leave it out for the usual transaction.";
  mapping.wrong("transaction", { node, hint });
  return false;
}

/** The versions with the first line that names each, and whether all of them could be read. */
function readParents(
  mapping: YamlMapping<MetadataKey>,
  { path, report }: Reporting,
): { readonly lines: ReadonlyMap<bigint, number>; readonly all: boolean } {
  const lines = new Map<bigint, number>();
  let all = true;
  const wrong = (key: MetadataKey, { node, hint }: { node?: Node | null; hint: string }) => {
    all = false;
    mapping.wrong(key, { node: node ?? null, hint });
  };
  for (const key of ["parents", "parent"] as const) {
    const node = mapping.node(key);
    if (node === undefined) continue;
    const hint = key === "parents"
      ? "Write a list of versions: `parents: [1, 2]`, or `parents: []` for the first migration."
      : "Write one version: `parent: 1`.";
    if (key === "parents" ? !isSeq(node) : !isScalar(node)) {
      wrong(key, { node, hint });
      continue;
    }
    for (const item of isSeq(node) ? node.items as (Node | null)[] : [node]) {
      const value = isScalar(item) ? item.value : undefined;
      if (typeof value === "bigint" && value > LARGEST_VERSION) {
        all = false;
        report(
          new Failure(
            "definition/version-too-large",
            `${path} names a parent that is larger than PostgreSQL's bigint.`,
            {
              hint: `Versions go up to ${LARGEST_VERSION}.`,
              place: mapping.placeOf(key, item),
            },
          ),
        );
      } else if (typeof value !== "bigint" || value < 0n) {
        wrong(key, { node: item, hint });
      } else if (!lines.has(value)) lines.set(value, mapping.placeOf(key, item).line);
    }
  }
  return { lines, all };
}
