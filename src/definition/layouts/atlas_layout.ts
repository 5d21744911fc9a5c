/**
 * Atlas' migrations: `<version>_<name>.sql` or `<version>.sql`, beside `atlas.sum`.
 *
 * @module
 */

import { createHash, type Hash } from "node:crypto";
import { Failure } from "../../failure.ts";
import { decodeText } from "../text/decode_text.ts";
import { isFlatFile } from "./flat_files.ts";
import type { Layout, LayoutOptions, Tree } from "./layout.ts";
import { loadNumbered } from "./numbered_files.ts";
import { isNumberedFile, numberedFiles } from "./numbered_names.ts";

const SUM_FILE = "atlas.sum";

/** Directives stand in comments at the top of a file. */
const directive = (text: string, name: string): string | undefined =>
  new RegExp(`^(?:--.*\\n|\\s*\\n)*--\\s*atlas:${name}(?:[ \\t]+(.+?))?[ \\t]*$`, "m").exec(text)
    ?.slice(1).map((value) => value ?? "")[0];

/**
 * A chain in the order of the names, without ways back. `atlas.sum` must agree with the files.
 * `atlas:txmode none` at the top of a file asks for no transaction.
 */
export const atlasLayout: Layout = {
  name: "atlas",

  recognises: isNumberedFile,

  async mark(tree) {
    const entries = await tree.list("") ?? [];
    const isOther = entries.some(isFlatFile);
    return !isOther && entries.some(({ name }) => name === SUM_FILE) ? SUM_FILE : undefined;
  },

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    // Atlas sorts names as text.
    const files = [...numberedFiles(entries)].sort((a, b) => a.path < b.path ? -1 : 1);
    const sums = await checkSums(tree, { ...options, names: files.map(({ path }) => path) });
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { path, digits }) => {
        refuseDirectives(text, { ...options, path: `${options.database}/${path}` });
        const transactionNone = directive(text, "txmode") === "none";
        const checksum = sums.get(path);
        return {
          up: transactionNone ? { transactionNone } : undefined,
          down: undefined,
          origin: { key: digits, ...(checksum === undefined ? {} : { checksum }) },
        };
      },
    });
  },
};

/** What changes how Atlas reads or chooses files, and is not known here. */
function refuseDirectives(
  text: string,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): void {
  for (const name of ["delimiter", "checkpoint"]) {
    if (directive(text, name) === undefined) continue;
    report(
      new Failure(
        "definition/unknown-directive",
        `${path} uses atlas:${name}, which is not read.`,
        {
          hint: name === "delimiter"
            ? "Remove the line: statements end where PostgreSQL's grammar ends them."
            : "Move the checkpoint out of this directory, and keep the migrations that it replaces.",
          place: { file: path },
        },
      ),
    );
  }
}

/**
 * Compares the files with `atlas.sum`, and reports the first that differs.
 *
 * The hash of a file is taken over the names and bytes of all files up to it.
 *
 * @returns The hash of each file as Atlas stores it, by name.
 */
async function checkSums(
  tree: Tree,
  { names, database, report }: LayoutOptions & { readonly names: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const running = createHash("sha256");
  const sums = new Map<string, string>();
  for (const name of names) {
    const bytes = await tree.read(name) ?? new Uint8Array();
    running.update(name);
    const text = decodeText(bytes, { path: name, report: () => {} }) ?? "";
    if (directive(text, "sum") === "ignore") continue;
    running.update(bytes);
    sums.set(name, digestOf(running));
  }
  const sumFile = await tree.read(SUM_FILE);
  if (sumFile === undefined) return sums;
  const lines = new TextDecoder().decode(sumFile).split("\n").slice(1);
  const written = new Map(lines.flatMap((line) => {
    const [, name, sum] = /^(.*) h1:(\S+)\s*$/.exec(line) ?? [];
    return name === undefined || sum === undefined ? [] : [[name, sum] as const];
  }));
  const different = [...sums].find(([name, sum]) => written.get(name) !== sum)?.[0];
  const gone = [...written.keys()].find((name) => !sums.has(name));
  const odd = different ?? gone;
  if (odd !== undefined) {
    report(
      new Failure(
        "definition/checksum-mismatch",
        `${database}/${SUM_FILE} does not agree with ${database}/${odd}: it was added, edited or ` +
          "removed since.",
        {
          hint: "Look at what changed; if it is meant: atlas migrate hash --dir file://DIR",
          place: { file: `${database}/${odd}` },
        },
      ),
    );
  }
  return sums;
}

function digestOf(running: Hash): string {
  return running.copy().digest("base64");
}
