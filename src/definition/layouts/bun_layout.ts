/**
 * bun's migrations in SQL: `<version>_<name>.tx.up.sql` or `<version>_<name>.up.sql`, the downs
 * likewise.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { bunDirectives } from "../migration/bun_directives.ts";
import { bunMark, GO_MIGRATION } from "./bun_marks.ts";
import type { Script } from "../migration/definition.ts";
import { refuseCode } from "./foreign_code.ts";
import { type FlatPair, isFlatFile, linearMigration, pairUp } from "./flat_files.ts";
import { duplicateVersion, type Layout, type LayoutOptions, type Tree } from "./layout.ts";
import { loadLinear } from "./linear_layout.ts";
import { compareVersions } from "../migration/version.ts";

/**
 * A chain. A missing down means that there is no way back. Whatever bun would have refused or run in
 * another order than ours is refused, and so is what only Go can run.
 *
 * bun runs `.tx` files in a transaction and the others without one. Here every file has a transaction
 * if its statements can run in one, and `.tx` is a promise that they can.
 */
export const bunLayout: Layout = {
  name: "bun",

  recognises: isFlatFile,

  mark: bunMark,

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    refuseCode(entries, {
      ...options,
      language: "Go",
      isCode: GO_MIGRATION,
      replacement: (name) => name.replace(/(\.up)?\.go$/, ".up.sql"),
    });
    await checkNested(tree, options);
    const pairs = pairUp(entries, options);
    await checkNames(tree, { ...options, pairs });
    checkOrder(pairs, options);
    const migrations = new Map(
      [...pairs].map(([version, pair]) => [version, linearMigration(pair)] as const),
    );
    return await loadLinear(tree, {
      ...options,
      migrations,
      downs: "optional",
      transactionOptional: (path) => !isTx(path),
      inspect,
    });
  },
};

/** bun also looks below the folder it is given, if its program embeds or reads what is there. */
async function checkNested(tree: Tree, { database, report }: LayoutOptions): Promise<void> {
  const below = async (folder: string): Promise<readonly string[]> => {
    const paths: string[] = [];
    for (const entry of await tree.list(folder) ?? []) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) paths.push(...await below(path));
      else if (folder !== "" && isFlatFile(entry)) paths.push(`${database}/${path}`);
    }
    return paths;
  };
  const paths = await below("");
  const [first, ...others] = paths;
  if (first === undefined) return;
  report(
    new Failure(
      "definition/nested-migration",
      `${first}${others.length === 0 ? " lies" : ` and ${others.length} more lie`} in a ` +
        "subdirectory, where bun may find migrations and migrator does not look.",
      {
        hint: `Move it to ${database}/ if bun runs it, or else out of ${database}/.`,
        place: { file: first },
        facts: { paths },
      },
    ),
  );
}

async function checkNames(
  tree: Tree,
  { database, report, pairs }: LayoutOptions & { readonly pairs: ReadonlyMap<bigint, FlatPair> },
): Promise<void> {
  const mark = await bunMark(tree);
  for (const [version, { up, down }] of pairs) {
    for (const file of [up, down]) {
      if (file === undefined || /^[0-9a-z_-]+$/.test(file.title)) continue;
      const path = `${database}/${file.name}`;
      report(
        new Failure(
          "definition/mixed-layouts",
          `${path} has a name that bun does not read, but ${
            mark === undefined ? "migrator.yaml says" : `${database}/${mark} shows`
          } that these are bun's migrations.`,
          {
            hint: "Rename it: bun's names are lower-case letters, digits, _ and -.",
            place: { file: path },
          },
        ),
      );
    }
    if (up !== undefined && down !== undefined && up.title !== down.title) {
      const paths = [`${database}/${up.name}`, `${database}/${down.name}`] as const;
      duplicateVersion(version, { paths, report });
    }
  }
}

/** bun sorts versions as text. */
function checkOrder(
  pairs: ReadonlyMap<bigint, FlatPair>,
  { database, report }: LayoutOptions,
): void {
  const files = [...pairs].sort(([a], [b]) => compareVersions(a, b))
    .map(([, { up, down }]) => (up ?? down)!);
  const index = files.findIndex((file, at) => at > 0 && file.digits < files[at - 1]!.digits);
  if (index === -1) return;
  const [before, after] = [files[index - 1]!, files[index]!];
  report(
    new Failure(
      "definition/ambiguous-order",
      `bun runs ${database}/${after.name} before ${database}/${before.name}, because it compares ` +
        `versions as text; as numbers ${before.digits} comes before ${after.digits}.`,
      {
        hint: "Rename the files so that all versions have the same number of digits.",
        place: { file: `${database}/${after.name}` },
      },
    ),
  );
}

function isTx(path: string): boolean {
  return /\.tx\.(up|down)\.sql$/.test(path);
}

async function inspect(script: Script, report: (defect: Failure) => void): Promise<void> {
  const { path } = script;
  const text = await script.read();
  for (const { start, word } of bunDirectives(text)) {
    if (word === "split") continue;
    report(
      new Failure("definition/unknown-directive", `${path} holds --bun:${word}, unknown to bun.`, {
        hint: "Write `--bun:split`, or remove the line.",
        place: { file: path, ...lineAndColumn(text, start) },
      }),
    );
  }
  if (!isTx(path) || script.transaction === "single") return;
  const refused = script.statements.find(({ outside }) => outside !== undefined);
  report(
    new Failure(
      "definition/outside-in-transaction",
      refused === undefined
        ? `${path} asks for a transaction by its name, but for none in its header.`
        : `${path} asks for a transaction by its name, but PostgreSQL refuses ${refused.outside} ` +
          "in one.",
      {
        hint: `Rename it to ${path.replace(/\.tx(\.(?:up|down)\.sql)$/, "$1").split("/").at(-1)}.`,
        place: {
          file: path,
          ...(refused === undefined ? {} : { line: lineAndColumn(text, refused.start).line }),
        },
      },
    ),
  );
}
