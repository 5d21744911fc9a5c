/**
 * Two files for each migration: `<version>_<title>.up.sql` and `<version>_<title>.down.sql`.
 *
 * @module
 */

import { Failure, type Place } from "../failure.ts";
import type { Definition, Direction } from "./definition.ts";
import {
  duplicateVersion,
  type Layout,
  type LayoutOptions,
  malformedName,
  type Tree,
  versionTooLarge,
} from "./layout.ts";
import { compileScript } from "./script.ts";
import { compareVersions, type Lineage, versionOf } from "./version.ts";

/**
 * golang-migrate's: a chain, each migration's parent being the one with the next smaller version.
 *
 * A set in which no migration has a way back is one that only goes forward. Where some have one, a
 * missing one is a mistake.
 */
export const golangMigrateLayout: Layout = {
  name: "golang-migrate",

  recognises: ({ name, isDirectory }) => !isDirectory && /^[0-9].*\.(up|down)\.sql$/s.test(name),

  async load(tree, options) {
    const pairs = await pairUp(tree, options);
    const forwardOnly = [...pairs.values()].every(({ down }) => down === undefined);
    const versions = [...pairs.keys()].sort(compareVersions);
    const nodes = versions.map((version, index): Lineage => ({
      version,
      parents: versions.slice(Math.max(index - 1, 0), index),
    }));
    const definitions: Definition[] = [];
    for (const node of nodes) {
      const definition = await readMigration(tree, {
        ...options,
        node,
        files: pairs.get(node.version)!,
        forwardOnly,
      });
      if (definition !== undefined) definitions.push(definition);
    }
    return {
      definitions,
      nodes,
      orphans: new Set(),
      placeOf: (version): Place | undefined => {
        const files = pairs.get(version);
        const file = files?.up ?? files?.down;
        return file === undefined ? undefined : { file: `${options.database}/${file.name}` };
      },
    };
  },
};

interface MigrationFile {
  readonly name: string;
  readonly title: string;
}

type Pair = { readonly [direction in Direction]?: MigrationFile };

async function pairUp(
  tree: Tree,
  { database, report }: LayoutOptions,
): Promise<ReadonlyMap<bigint, Pair>> {
  const pairs = new Map<bigint, Pair>();
  for (const entry of await tree.list("") ?? []) {
    if (!golangMigrateLayout.recognises(entry)) continue;
    const path = `${database}/${entry.name}`;
    const match = /^([0-9]+)_(.*)\.(up|down)\.sql$/s.exec(entry.name);
    if (match === null) {
      const [ending] = /\.(up|down)\.sql$/.exec(entry.name)!;
      malformedName(path, { expected: `<version>_<title>${ending}`, report });
      continue;
    }
    const version = versionOf(match[1]!);
    if (version === undefined) {
      versionTooLarge(path, report);
      continue;
    }
    const direction = match[3] as Direction;
    const pair = pairs.get(version) ?? {};
    const other = pair[direction];
    if (other !== undefined) {
      duplicateVersion(version, { paths: [`${database}/${other.name}`, path], report });
      continue;
    }
    pairs.set(version, { ...pair, [direction]: { name: entry.name, title: match[2]! } });
  }
  return pairs;
}

interface Migration extends LayoutOptions {
  readonly node: Lineage;
  readonly files: Pair;
  readonly forwardOnly: boolean;
}

/** Undefined after a defect. */
async function readMigration(
  tree: Tree,
  { node, files, forwardOnly, database, ...options }: Migration,
): Promise<Definition | undefined> {
  let sound = true;
  const report = (defect: Failure) => {
    sound = false;
    options.report(defect);
  };
  const compile = async (direction: Direction) => {
    const file = files[direction];
    if (file === undefined) {
      missing(direction, {
        file: files[direction === "up" ? "down" : "up"]!.name,
        database,
        report,
      });
      return undefined;
    }
    const path = `${database}/${file.name}`;
    const bytes = await tree.read(file.name);
    if (bytes === undefined) {
      report(
        new Failure(`definition/missing-${direction}`, `${path} is a link that leads nowhere.`, {
          hint: "Point the link to a file, or replace it by one.",
          place: { file: path },
        }),
      );
      return undefined;
    }
    return compileScript(bytes, { path, transactionNone: false, report });
  };
  const up = await compile("up");
  const down = forwardOnly ? undefined : await compile("down");
  if (!sound) return undefined;
  return {
    ...node,
    name: files.up!.title,
    metadata: {
      privileged: (up!.extension ?? down?.extension) !== undefined,
      nonIdempotent: false,
    },
    up: up!.script,
    down: down?.script,
  };
}

/** @param options.file The one that is there. */
function missing(
  direction: Direction,
  { file, database, report }: {
    readonly file: string;
    readonly database: string;
    readonly report: (defect: Failure) => void;
  },
): void {
  const wanted = file.replace(/\.(up|down)\.sql$/, `.${direction}.sql`);
  report(
    new Failure(
      `definition/missing-${direction}`,
      `${database}/${file} has no ${direction === "up" ? "up" : "way back"} beside it.`,
      {
        hint: direction === "up"
          ? `Create ${database}/${wanted}, or remove ${database}/${file}.`
          : `Create ${database}/${wanted}; leave it empty when nothing needs undoing.`,
        place: { file: `${database}/${file}` },
      },
    ),
  );
}
