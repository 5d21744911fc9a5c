/**
 * Flyway's migrations: `V<version>__<description>.sql` with `U…` for the way back, in folders to any
 * depth.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { decodeText } from "../text/decode_text.ts";
import { flywayChecksum } from "./flyway_checksum.ts";
import {
  compareComponents,
  type FlywayName,
  flywayName,
  versionNumber,
  versionText,
} from "./flyway_names.ts";
import { codeDefect } from "./foreign_code.ts";
import {
  duplicateVersion,
  type Layout,
  type LayoutOptions,
  type Tree,
  type TreeEntry,
  versionTooLarge,
} from "./layout.ts";
import { type LinearFile, type LinearMigration, loadLinear } from "./linear_layout.ts";
import { freeVersion } from "./numbered_files.ts";
import { fillIn } from "./variables.ts";

/** Flyway also runs classes. */
const CODE = /\.(java|kt|class)$/;

interface FlywayFile extends FlywayName {
  /** Below the folder of the database. */
  readonly path: string;
}

/** A chain in the order of the versions' components. `${name}` is filled in. */
export const flywayLayout: Layout = {
  name: "flyway",

  recognises: ({ name, isDirectory }) => !isDirectory && flywayName(name) !== undefined,

  async mark(tree) {
    return (await tree.list("") ?? []).find(flywayLayout.recognises)?.name;
  },

  async load(tree, options) {
    const entries = await entriesBelow(tree, "");
    const files = entries.flatMap(({ name: path }): readonly FlywayFile[] => {
      const last = path.split("/").at(-1)!;
      const name = flywayName(last) ?? flywayName(last.replace(CODE, ".sql"));
      return name === undefined ? [] : [{ ...name, path }];
    });
    refuseRepeatable(files, options);
    const migrations = await migrationsOf(tree, { ...options, files });
    return await loadLinear(tree, { ...options, migrations, order: "as-given", downs: "optional" });
  },
};

/** Every file, by its path. */
async function entriesBelow(tree: Tree, folder: string): Promise<readonly TreeEntry[]> {
  const found: TreeEntry[] = [];
  for (const { name, isDirectory } of await tree.list(folder) ?? []) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory && path !== "background") found.push(...await entriesBelow(tree, path));
    else if (!isDirectory) found.push({ name: path, isDirectory });
  }
  return found;
}

function refuseRepeatable(
  files: readonly FlywayFile[],
  { database, report }: LayoutOptions,
): void {
  const paths = files.filter(({ kind }) => kind === "repeatable")
    .map(({ path }) => `${database}/${path}`);
  const [first, ...others] = paths;
  if (first === undefined) return;
  report(
    new Failure(
      "definition/repeatable",
      `${first}${
        others.length === 0 ? " is" : ` and ${others.length} more are`
      } repeatable: Flyway ` +
        "runs it again when it changes, which migrator does not do.",
      {
        hint: "Give it a version that follows all others, and a new file for each change: " +
          `mv ${first} ${first.replace(/R(__[^/]*)$/, "V<version>$1")}`,
        place: { file: first },
        facts: { paths },
      },
    ),
  );
}

async function migrationsOf(
  tree: Tree,
  { files, ...options }: LayoutOptions & { readonly files: readonly FlywayFile[] },
): Promise<ReadonlyMap<bigint, LinearMigration>> {
  const { database, report } = options;
  const sorted = withoutBaselines(files, options)
    .sort((a, b) => compareComponents(a.components, b.components));
  const migrations = new Map<bigint, LinearMigration>();
  for (const [at, file] of sorted.entries()) {
    const path = `${database}/${file.path}`;
    const before = sorted[at - 1];
    const number = versionNumber(file.components);
    if (before && compareComponents(before.components, file.components) === 0) {
      const paths = [`${database}/${before.path}`, path] as const;
      duplicateVersion(number ?? 0n, { paths, report });
      continue;
    }
    if (number === undefined) {
      versionTooLarge(path, report);
      continue;
    }
    const undo = files.find(({ kind, components }) =>
      kind === "undo" && compareComponents(components, file.components) === 0
    );
    const { components, description } = file;
    const version = versionText(components);
    const isCode = CODE.test(file.path);
    const bytes = await tree.read(file.path);
    migrations.set(freeVersion(number, migrations), {
      name: components.length > 1 ? `${version} ${description}` : description,
      home: file.path,
      up: isCode
        ? { path: file.path, exists: true, text: "" }
        : await lineFile(tree, file.path, options),
      down: undo
        ? await lineFile(tree, undo.path, options)
        : { path: file.path.replace(/V([^/]*)$/, "U$1"), exists: false },
      transactionNone: false,
      ...(isCode
        ? {
          blocked: codeDefect(path, { language: "Java", replacement: path.replace(CODE, ".sql") }),
          origin: { key: version },
        }
        : {
          origin: { key: version, checksum: String(flywayChecksum(bytes ?? new Uint8Array())) },
        }),
    });
  }
  return migrations;
}

/**
 * The versioned ones, and the newest baseline where none that it replaces is left. Where they are
 * there, they give what the baseline gives.
 */
function withoutBaselines(
  files: readonly FlywayFile[],
  { database, warn }: LayoutOptions,
): FlywayFile[] {
  const versioned = files.filter(({ kind }) => kind === "versioned");
  const [baseline] = files.filter(({ kind }) => kind === "baseline")
    .sort((a, b) => compareComponents(b.components, a.components));
  if (baseline === undefined) return versioned;
  const isReplaced = ({ components }: FlywayFile) =>
    compareComponents(components, baseline.components) <= 0;
  const [first] = versioned.filter(isReplaced);
  if (first === undefined) return [baseline, ...versioned];
  warn?.(
    `${database}/${baseline.path} is not run: ${database}/${first.path} and the others that it ` +
      "replaces are there, and are run instead",
  );
  return versioned;
}

/** A file with what its `.sql.conf` says of it. */
async function lineFile(tree: Tree, path: string, options: LayoutOptions): Promise<LinearFile> {
  const { database, report, variables } = options;
  const settings = await readSettings(tree, `${path}.conf`, options);
  const bytes = await tree.read(path);
  const text = bytes && decodeText(bytes, { path: `${database}/${path}`, report: () => {} });
  const filled = text === undefined || settings.get("placeholderReplacement") === "false"
    ? text
    : fillIn(text, {
      path: `${database}/${path}`,
      report,
      variables,
      pattern: /\$\{([\w:.-]+)\}/g,
      useOf: ([, name]) => ({ name: name! }),
    });
  return {
    path,
    exists: true,
    ...(filled === text ? {} : { text: filled }),
    ...(settings.get("executeInTransaction") === "false" ? { transactionNone: true } : {}),
  };
}

const SETTINGS = ["executeInTransaction", "placeholderReplacement", "encoding"];

/** `key=value`, a line each. Reported: what cannot be done here, such as `shouldExecute`. */
async function readSettings(
  tree: Tree,
  path: string,
  { database, report }: LayoutOptions,
): Promise<ReadonlyMap<string, string>> {
  const settings = new Map<string, string>();
  const bytes = await tree.read(path);
  const lines = new TextDecoder().decode(bytes ?? new Uint8Array()).split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const [, key, value] = /^\s*([^#=\s]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    settings.set(key, value!);
    if (SETTINGS.includes(key) && (key !== "encoding" || /^utf-?8$/i.test(value!))) continue;
    report(
      new Failure("definition/unknown-key", `${database}/${path} says ${key}=${value}.`, {
        hint: `Remove the line; known are ${SETTINGS.join(", ")} (UTF-8).`,
        place: { file: `${database}/${path}`, line: index + 1 },
      }),
    );
  }
  return settings;
}
