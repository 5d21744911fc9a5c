/**
 * The layout of diesel and others: one directory for each migration without metadata,
 * `<version>_<name>/{up.sql,down.sql}`.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { decodeText } from "../text/decode_text.ts";
import { directoryLayout } from "./directory_layout.ts";
import {
  duplicateVersion,
  type Layout,
  type LayoutOptions,
  malformedName,
  type Tree,
  versionTooLarge,
} from "./layout.ts";
import { type LinearMigration, loadLinear } from "./linear_layout.ts";
import { versionOf } from "../migration/version.ts";

/**
 * A chain in numeric order. Dashes may group a version's digits: 2017-10-06-234455 is
 * 20171006234455. Downs are judged as golang-migrate's are.
 */
export const plainDirectoryLayout: Layout = {
  name: "plain-directory",

  recognises: directoryLayout.recognises,

  async load(tree, options) {
    const migrations = await plainDirectories(tree, options);
    return await loadLinear(tree, { ...options, migrations, downs: "all-or-none" });
  },
};

/** The directories that are migrations, by version; the others are reported. */
export async function plainDirectories(
  tree: Tree,
  options: LayoutOptions,
): Promise<ReadonlyMap<bigint, LinearMigration>> {
  const migrations = new Map<bigint, LinearMigration>();
  for (const entry of await tree.list("") ?? []) {
    if (!directoryLayout.recognises(entry)) continue;
    const path = `${options.database}/${entry.name}`;
    const match = /^([0-9]+(?:-[0-9]+)*)(?:_(.*))?$/s.exec(entry.name);
    if (match === null) {
      malformedName(path, { expected: "<version>_<name>", report: options.report });
      continue;
    }
    const version = versionOf(match[1]!.replaceAll("-", ""));
    if (version === undefined) {
      versionTooLarge(path, options.report);
      continue;
    }
    const other = migrations.get(version);
    if (other !== undefined) {
      const paths = [`${options.database}/${other.home}`, path] as const;
      duplicateVersion(version, { paths, report: options.report });
      continue;
    }
    const name = match[2] ?? "";
    migrations.set(version, await filesOf(tree, { ...options, home: entry.name, name }));
  }
  return migrations;
}

async function filesOf(
  tree: Tree,
  { home, name, ...options }: LayoutOptions & { readonly home: string; readonly name: string },
): Promise<LinearMigration> {
  const names = (await tree.list(home) ?? []).map((entry) => entry.name);
  const file = (called: string) => ({ path: `${home}/${called}`, exists: names.includes(called) });
  return {
    name,
    home,
    up: file("up.sql"),
    down: file("down.sql"),
    transactionNone: names.includes(DIESEL) && await dieselTransactionNone(tree, home, options),
  };
}

const DIESEL = "metadata.toml";

/** diesel's `run_in_transaction`: all that its metadata may say. */
async function dieselTransactionNone(
  tree: Tree,
  home: string,
  { database, report }: LayoutOptions,
): Promise<boolean> {
  const path = `${database}/${home}/${DIESEL}`;
  const bytes = await tree.read(`${home}/${DIESEL}`) ?? new Uint8Array();
  const lines = (decodeText(bytes, { path, report }) ?? "").split(/\r?\n/);
  let none = false;
  for (const [index, line] of lines.entries()) {
    const said = line.replace(/#.*$/, "").trim();
    const match = /^run_in_transaction\s*=\s*(true|false)$/.exec(said);
    if (match !== null) none = match[1] === "false";
    else if (said !== "") {
      report(
        new Failure(
          "definition/unknown-key",
          `${path} says \`${said}\`, which is not understood.`,
          {
            hint: "Remove it; all that it may say is `run_in_transaction = false`.",
            place: { file: path, line: index + 1 },
          },
        ),
      );
    }
  }
  return none;
}
