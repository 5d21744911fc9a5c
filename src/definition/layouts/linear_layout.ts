/**
 * Migrations in one line: the parent of each is the one before it. What a metadata file would say is
 * read from the SQL or from a header.
 *
 * @module
 */

import { Failure, type Place } from "../../failure.ts";
import type { BatchedReference } from "../batched/batched_reference.ts";
import { DefectCollector } from "../migration/script_defects.ts";
import { decodeText } from "../text/decode_text.ts";
import type { Definition, Direction, Origin, Script } from "../migration/definition.ts";
import { type Header, readHeader, refuseHeader } from "../migration/header.ts";
import type { LaidOut, LayoutOptions, Tree } from "./layout.ts";
import { type CompiledScript, compileScript } from "../migration/script.ts";
import { compareVersions, type Lineage } from "../migration/version.ts";

/** The files of one migration; paths are below the folder of the database. */
export interface LinearMigration {
  readonly name: string;
  /** The file or directory that shows that there is such a migration. */
  readonly home: string;
  readonly up: LinearFile;
  readonly down: LinearFile;
  /** A file beside them asks for no transaction. */
  readonly transactionNone: boolean;
  /** Why its way up cannot be run. */
  readonly blocked?: Failure;
  readonly origin?: Origin;
}

/** A file that is there, or is not. */
export interface LinearFile {
  readonly path: string;
  readonly exists: boolean;
  /** What is run of it, where that is not the file as it stands. */
  readonly text?: string | undefined;
  /** A word of its tool's in it asks for no transaction. One around the whole file is kept. */
  readonly transactionNone?: boolean;
}

/** What a layout found, and how it is to be judged. */
export interface LinearOptions extends LayoutOptions {
  readonly migrations: ReadonlyMap<bigint, LinearMigration>;
  /** `as-given`: they stand in the order of `migrations`. Default: ascending by version. */
  readonly order?: "as-given";
  /**
   * `optional`: a migration without a down has no way back. `all-or-none`: so it is when none has a
   * down; where some have one, a missing one is a mistake unless a header gives the reason.
   */
  readonly downs: "optional" | "all-or-none";
  /** Whether the author of a file, by its path, did not count on a transaction. */
  readonly transactionOptional?: (path: string) => boolean;
  /** Called with every script that could be read. */
  readonly inspect?: (script: Script, report: (defect: Failure) => void) => Promise<void>;
}

/** Reads all of them, and reports everything that is wrong. */
export async function loadLinear(tree: Tree, line: LinearOptions): Promise<LaidOut> {
  const given = [...line.migrations.keys()];
  const versions = line.order === "as-given" ? given : given.sort(compareVersions);
  const nodes = versions.map((version, index): Lineage => ({
    version,
    parents: versions.slice(Math.max(index - 1, 0), index),
  }));
  const downsMayMiss = line.downs === "optional" ||
    [...line.migrations.values()].every(({ down }) => !down.exists);
  const definitions: Definition[] = [];
  const referencePlaces = new Map<BatchedReference, Place>();
  for (const node of nodes) {
    const migration = line.migrations.get(node.version)!;
    const one = { ...line, node, migration, downsMayMiss, referencePlaces };
    const definition = await readMigration(tree, one);
    if (definition !== undefined) definitions.push(definition);
  }
  return {
    definitions,
    nodes,
    orphans: new Set(),
    referencePlaces,
    placeOf: (version): Place | undefined => {
      const home = line.migrations.get(version)?.home;
      return home === undefined ? undefined : { file: `${line.database}/${home}` };
    },
  };
}

interface OneOptions extends LinearOptions {
  readonly node: Lineage;
  readonly migration: LinearMigration;
  readonly downsMayMiss: boolean;
  /** Filled. */
  readonly referencePlaces: Map<BatchedReference, Place>;
}

/** Undefined where there is no way up. */
async function readMigration(tree: Tree, one: OneOptions): Promise<Definition | undefined> {
  const { migration, database } = one;
  const collector = new DefectCollector(one.report);
  const reportFor = (direction: Direction) => collector.reporterFor(direction);
  const upPath = `${database}/${migration.up.path}`;
  const read = async (direction: Direction): Promise<Uint8Array | undefined> => {
    const { exists, path, text } = migration[direction];
    if (!exists) return undefined;
    if (text !== undefined) return new TextEncoder().encode(text);
    const bytes = await tree.read(path);
    if (bytes === undefined) {
      const file = `${database}/${migration[direction].path}`;
      const report = direction === "up" ? one.report : reportFor("down");
      report(
        new Failure(MISSING[direction], `${file} is a link that leads nowhere.`, {
          hint: "Point the link to a file, or replace it by one.",
          place: { file },
        }),
      );
    }
    return bytes;
  };
  const upBytes = await read("up");
  const downBytes = await read("down");
  if (migration.blocked !== undefined) reportFor("up")(migration.blocked);
  if (!migration.up.exists) missing("up", { migration, database, report: one.report });
  // Without a way up there is no migration that anything else could be said of.
  if (upBytes === undefined) return undefined;
  const header = headerOf(upBytes, { path: upPath, report: reportFor("up") });
  if (!migration.down.exists && !one.downsMayMiss && header.irreversible === undefined) {
    missing("down", { migration, database, report: reportFor("down") });
  }
  if (downBytes !== undefined) {
    const path = `${database}/${migration.down.path}`;
    checkDownHeader(downBytes, { path, upPath, report: reportFor("down") });
  }
  const transactionNone = migration.transactionNone || header.transactionNone;
  const compile = async (direction: Direction, bytes: Uint8Array) => {
    const report = reportFor(direction);
    const path = `${database}/${migration[direction].path}`;
    const transactionOptional = one.transactionOptional?.(path) ?? false;
    const { text, transactionNone: byTool = false } = migration[direction];
    const transaction = byTool ? "none" : policyFor(path, one);
    const isDerived = text !== undefined;
    const compiled = await compileScript(bytes, {
      path,
      transactionNone,
      transactionOptional,
      transaction,
      isDerived,
      report,
      ...(direction === "up" ? { known: one.known } : {}),
    });
    if (!compiled.isBroken && !compiled.isKnown) await one.inspect?.(compiled.script, report);
    return compiled;
  };
  const up = await compile("up", upBytes);
  const down = downBytes && await compile("down", downBytes);
  checkIrreversible(header, { down, upPath, report: reportFor("down") });
  const { defects } = collector;
  const { irreversible, dataLoss, lockTimeout, statementTimeout, references } = header;
  for (const [reference, place] of header.referencePlaces) {
    one.referencePlaces.set(reference, place);
  }
  return {
    ...one.node,
    name: migration.name,
    metadata: {
      privileged: header.privileged || (up.extension ?? down?.extension) !== undefined,
      nonIdempotent: header.nonIdempotent,
      ...(irreversible === undefined ? {} : { irreversible: irreversible.reason }),
      ...(dataLoss === undefined ? {} : { dataLoss }),
      ...(lockTimeout === undefined ? {} : { lockTimeout }),
      ...(statementTimeout === undefined ? {} : { statementTimeout }),
      ...references,
    },
    up: up.script,
    down: defects?.down === undefined ? down?.script : undefined,
    ...(up.isKnown ? { whole: () => wholeDefinition(tree, one) } : {}),
    ...(defects === undefined ? {} : { defects }),
    ...(migration.origin === undefined ? {} : { origin: migration.origin }),
  };
}

/** Reads a migration again, and parses it. */
async function wholeDefinition(tree: Tree, one: OneOptions): Promise<Definition> {
  const report = (defect: Failure) => {
    throw defect;
  };
  return (await readMigration(tree, { ...one, known: undefined, report }))!;
}

/** What a file's name says counts before what the project says. */
function policyFor(
  path: string,
  { transaction = "auto", transactionOptional }: LinearOptions,
): "auto" | "single" | "none" {
  if (transaction === "as-named") return transactionOptional?.(path) ? "none" : "auto";
  return transaction === "none" && transactionOptional?.(path) === false ? "auto" : transaction;
}

interface Reporting {
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

/** Bytes that are no text are `compileScript`'s to report. */
function silentText(bytes: Uint8Array, path: string): string {
  return decodeText(bytes, { path, report: () => {} }) ?? "";
}

function headerOf(bytes: Uint8Array, { path, report }: Reporting): Header {
  return readHeader(silentText(bytes, path), { path, report });
}

function checkDownHeader(
  bytes: Uint8Array,
  { path, upPath, report }: Reporting & { readonly upPath: string },
): void {
  const hint = `Move the line to the top of ${upPath}: it speaks for both directions.`;
  refuseHeader(silentText(bytes, path), { path, hint, report });
}

function checkIrreversible(
  header: Header | undefined,
  { down, upPath, report }: {
    readonly down: CompiledScript | undefined;
    readonly upPath: string;
    readonly report: (defect: Failure) => void;
  },
): void {
  if (header?.irreversible === undefined || !down?.script.statements.length) return;
  report(
    new Failure(
      "definition/irreversible-with-down",
      `${upPath} says that there is no way back, but ${down.script.path} holds one.`,
      {
        hint: `Remove \`irreversible\`, or empty ${down.script.path}.`,
        place: { file: upPath, line: header.irreversible.line },
      },
    ),
  );
}

/** A file that is not there, or a link that leads nowhere. */
const MISSING = { up: "definition/missing-up", down: "definition/missing-down" } as const;

function missing(
  direction: Direction,
  { migration, database, report }: {
    readonly migration: LinearMigration;
    readonly database: string;
    readonly report: (defect: Failure) => void;
  },
): void {
  const home = `${database}/${migration.home}`;
  const wanted = `${database}/${migration[direction].path}`;
  report(
    new Failure(
      MISSING[direction],
      `${home} has no ${direction === "up" ? "up" : "way back"}: there is no ${wanted}.`,
      {
        hint: direction === "up"
          ? `Create it with the SQL of the migration, or remove ${home}.`
          : "Create it; leave it empty when nothing needs undoing. When there is no way back write " +
            `\`-- migrator: irreversible: <reason>\` at the top of ${database}/${migration.up.path}.`,
        place: { file: home },
      },
    ),
  );
}
