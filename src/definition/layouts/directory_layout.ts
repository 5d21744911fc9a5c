/**
 * One directory for each migration: `<version>_<name>/{up.sql,down.sql,metadata.yaml}`.
 *
 * @module
 */

import { Failure, type Place } from "../../failure.ts";
import type { BatchedReference } from "../batched/batched_reference.ts";
import { DefectCollector } from "../migration/script_defects.ts";
import { decodeText } from "../text/decode_text.ts";
import type { Definition, Direction } from "../migration/definition.ts";
import { refuseHeader } from "../migration/header.ts";
import {
  duplicateVersion,
  type Layout,
  type LayoutOptions,
  malformedName,
  type Tree,
  versionTooLarge,
} from "./layout.ts";
import { type MetadataFile, readMetadata } from "../migration/metadata.ts";
import { type CompiledScript, compileScript } from "../migration/script.ts";
import { type Lineage, versionOf } from "../migration/version.ts";

/** Sourcegraph's, with any slug or none after the version. */
export const directoryLayout: Layout = {
  name: "directory",

  recognises: ({ name, isDirectory }) => isDirectory && /^[0-9]/.test(name),

  async load(tree, options) {
    const directories = new Map<bigint, string>();
    for (const entry of await tree.list("") ?? []) {
      if (!directoryLayout.recognises(entry)) continue;
      const path = `${options.database}/${entry.name}`;
      const digits = /^([0-9]+)(?:_|$)/.exec(entry.name)?.[1];
      const version = digits === undefined ? undefined : versionOf(digits);
      const other = version === undefined ? undefined : directories.get(version);
      if (digits === undefined) {
        malformedName(path, { expected: "<version>_<name>", report: options.report });
      } else if (version === undefined) versionTooLarge(path, options.report);
      else if (other !== undefined) {
        const paths = [`${options.database}/${other}`, path] as const;
        duplicateVersion(version, { paths, report: options.report });
      } else directories.set(version, entry.name);
    }
    const definitions: Definition[] = [];
    const nodes: Lineage[] = [];
    const orphans = new Set<bigint>();
    const places = new Map<bigint, (parent?: bigint) => Place>();
    const referencePlaces = new Map<BatchedReference, Place>();
    for (const [version, directory] of directories) {
      const read = await readMigration(tree, { ...options, version, directory });
      nodes.push({ version, parents: read.metadata?.parents ?? [] });
      if (!read.metadata?.allParents) orphans.add(version);
      if (read.definition !== undefined) definitions.push(read.definition);
      places.set(version, read.place);
      for (const [reference, place] of read.metadata?.referencePlaces ?? []) {
        referencePlaces.set(reference, place);
      }
    }
    return {
      definitions,
      nodes,
      orphans,
      placeOf: (version, parent) => places.get(version)?.(parent),
      referencePlaces,
    };
  },
};

interface Migration extends LayoutOptions {
  readonly version: bigint;
  readonly directory: string;
}

interface ReadMigration {
  readonly metadata: MetadataFile | undefined;
  /** Undefined where its metadata cannot be used, or there is no way up. */
  readonly definition: Definition | undefined;
  readonly place: (parent?: bigint) => Place;
}

async function readMigration(tree: Tree, migration: Migration): Promise<ReadMigration> {
  const { version, directory, database } = migration;
  const { report } = migration;
  const collector = new DefectCollector(report);
  const reportFor = (direction: Direction) => collector.reporterFor(direction);
  let isReadable = true;
  const path = (file: string) => `${database}/${directory}/${file}`;
  const [up, down, yaml] = await Promise.all(
    ["up.sql", "down.sql", "metadata.yaml"].map((file) => tree.read(`${directory}/${file}`)),
  );
  if (up === undefined) missing("definition/missing-up", { path: path("up.sql"), report });
  if (yaml === undefined) {
    missing("definition/missing-metadata", { path: path("metadata.yaml"), report });
  }
  const text = yaml && decodeText(yaml, { path: path("metadata.yaml"), report });
  const metadata = text === undefined ? undefined : readMetadata(text, {
    path: path("metadata.yaml"),
    report: (defect) => {
      isReadable = false;
      report(defect);
    },
  });
  if (down === undefined && metadata?.metadata.irreversible === undefined) {
    missing("definition/missing-down", { path: path("down.sql"), report: reportFor("down") });
  }
  const transactionNone = metadata?.transactionNone ?? false;
  const transaction = migration.transaction === "as-named"
    ? "auto"
    : migration.transaction ?? "auto";
  const compile = async (direction: Direction, bytes: Uint8Array | undefined) => {
    if (bytes === undefined) return undefined;
    return await compileScript(bytes, {
      path: path(`${direction}.sql`),
      report: reportFor(direction),
      transactionNone,
      transaction,
      ...(direction === "up" ? { known: migration.known } : {}),
    });
  };
  const compiledUp = await compile("up", up);
  const compiledDown = await compile("down", down);
  for (const [direction, one] of [["up", compiledUp], ["down", compiledDown]] as const) {
    if (one === undefined || one.isBroken || one.isKnown) continue;
    const hint = `Write it into ${path("metadata.yaml")}.`;
    const { script } = one;
    refuseHeader(await script.read(), { path: script.path, hint, report: reportFor(direction) });
  }
  if (metadata !== undefined && !compiledUp?.isKnown) {
    checkFlags(metadata, {
      up: compiledUp,
      down: compiledDown,
      file: path("metadata.yaml"),
      reportFor,
    });
  }
  const { defects } = collector;
  return {
    metadata,
    definition: isReadable && metadata !== undefined && compiledUp !== undefined
      ? {
        version,
        name: metadata.name ?? /^[0-9]+_?(.*)$/.exec(directory)![1]!,
        parents: metadata.parents,
        metadata: metadata.metadata,
        up: compiledUp.script,
        down: defects?.down === undefined ? compiledDown?.script : undefined,
        ...(compiledUp.isKnown ? { whole: () => wholeDefinition(tree, migration) } : {}),
        ...(defects === undefined ? {} : { defects }),
      }
      : undefined,
    place: (parent) => {
      const line = metadata?.lineOf(parent ?? "parents") ?? metadata?.lineOf("parent");
      return { file: path("metadata.yaml"), ...(line === undefined ? {} : { line }) };
    },
  };
}

/** Reads a migration again, and parses it. */
async function wholeDefinition(tree: Tree, migration: Migration): Promise<Definition> {
  const report = (defect: Failure) => {
    throw defect;
  };
  const { definition } = await readMigration(tree, { ...migration, known: undefined, report });
  return definition!;
}

const MISSING = {
  "definition/missing-up": "Create it with the SQL of the migration.",
  "definition/missing-down":
    "Create it with the SQL that undoes the migration, or leave it empty when nothing needs " +
    "undoing; when there is no way back write `irreversible: <reason>` into metadata.yaml.",
  "definition/missing-metadata":
    "Create it with `name: …` and `parents: [<version of the migration before>]`.",
};

function missing(
  code: keyof typeof MISSING,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): void {
  report(
    new Failure(code, `There is no ${path}.`, {
      hint: MISSING[code],
      place: { file: path },
    }),
  );
}

/** What metadata claims must be what the SQL does. */
function checkFlags(
  metadata: MetadataFile,
  { up, down, file, reportFor }: {
    readonly up: CompiledScript | undefined;
    readonly down: CompiledScript | undefined;
    readonly file: string;
    readonly reportFor: (direction: Direction) => (defect: Failure) => void;
  },
): void {
  const flag = metadata.createIndexConcurrently;
  const line = up?.concurrentIndexLine;
  if (line !== undefined && !flag) {
    reportFor("up")(
      new Failure(
        "definition/concurrent-index-flag-missing",
        `${up!.script.path} builds an index concurrently, but its metadata does not say so.`,
        {
          hint: `Add \`createIndexConcurrently: true\` to ${file}.`,
          place: { file: up!.script.path, line },
        },
      ),
    );
  }
  if (flag && up !== undefined && !up.isBroken && line === undefined) {
    reportFor("up")(
      new Failure(
        "definition/concurrent-index-flag-wrong",
        `${file} says that an index is built concurrently, but ${up.script.path} builds none.`,
        {
          hint: "Remove `createIndexConcurrently: true`.",
          place: { file, line: metadata.lineOf("createIndexConcurrently")! },
        },
      ),
    );
  }
  for (const compiled of metadata.metadata.privileged ? [] : [up, down]) {
    if (compiled?.extension === undefined) continue;
    reportFor(compiled === up ? "up" : "down")(
      new Failure(
        "definition/privileged-flag-missing",
        `${compiled.script.path} has ${compiled.extension.words}, ` +
          "but its metadata does not say that it needs rights of its own.",
        {
          hint: `Add \`privileged: true\` to ${file}.`,
          place: { file: compiled.script.path, line: compiled.extension.line },
        },
      ),
    );
  }
  if (metadata.metadata.irreversible !== undefined && down?.script.statements.length) {
    reportFor("down")(
      new Failure(
        "definition/irreversible-with-down",
        `${file} says that there is no way back, but ${down.script.path} holds one.`,
        {
          hint: `Remove \`irreversible\`, or empty ${down.script.path}.`,
          place: { file, line: metadata.lineOf("irreversible")! },
        },
      ),
    );
  }
}
