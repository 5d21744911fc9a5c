/**
 * graphile-migrate's committed migrations: `<number>.sql` or `<number>-<name>.sql`, each with the hash
 * of the one before it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { fillIn } from "./variables.ts";

/**
 * A chain in numeric order, without ways back. `:NAME` is filled in, and a file whose text is not
 * what its hash was made of is refused.
 */
export const graphileMigrateLayout: Layout = {
  name: "graphile-migrate",

  recognises: isNumberedFile,

  mark: (tree) => fileWithLine(tree, { line: /^--! Previous: / }),

  async load(tree, options) {
    const files = [...numberedFiles(await tree.list("") ?? [])].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { path, digits }) => {
        const reporting = { ...options, path: `${options.database}/${path}` };
        const header = headerOf(text);
        checkHash(text, { ...reporting, ...header });
        const filled = fillIn(text, {
          ...reporting,
          variables: options.variables,
          // Casts (`::`) and array slices (`[1:N]`) are no variables; nor is what nobody declares.
          pattern: /(?<![:\w\]]):([A-Z][A-Z0-9_]*)\b/g,
          useOf: ([, name]) =>
            options.variables?.has(name!) || /^DATABASE_(NAME|OWNER|OPTIONS)$/.test(name!)
              ? { name: name! }
              : undefined,
        });
        const transactionNone = /^--! no-transaction\b/m.test(text);
        return {
          up: { text: filled === text ? undefined : filled, transactionNone },
          down: undefined,
          origin: {
            // Without the message that the file's name may have.
            key: `${digits}.sql`,
            ...(header.hash === undefined ? {} : { checksum: header.hash }),
          },
        };
      },
    });
  },
};

interface Header {
  readonly previous: string | undefined;
  readonly hash: string | undefined;
  /** Offset of what follows the header. */
  readonly end: number;
}

/** Lines `--! Key: value` at the top, up to the first that is none. */
function headerOf(text: string): Header {
  const [lines] = /^(?:--! [A-Za-z][\w-]*:[^\n]*\n)*/.exec(text)!;
  const value = (key: string) =>
    new RegExp(`^--! ${key}:[ \\t]*(.*?)[ \\t\\r]*$`, "m").exec(lines)?.[1];
  return { previous: value("Previous"), hash: value("Hash"), end: lines.length };
}

/** SHA-1 over the hash before it and the trimmed text. */
function checkHash(
  text: string,
  { path, report, previous, hash, end }: Header & {
    readonly path: string;
    readonly report: (defect: Failure) => void;
  },
): void {
  if (hash === undefined) return;
  const before = previous === undefined || previous === "-" ? "" : previous;
  const body = `${before}\n${text.slice(end).trim()}`.trim() + "\n";
  const expected = `sha1:${createHash("sha1").update(body).digest("hex")}`;
  if (expected === hash) return;
  report(
    new Failure(
      "definition/checksum-mismatch",
      `${path} is not the text that its hash was made of.`,
      {
        hint: "Restore the file as it was committed; graphile-migrate would refuse it as well.",
        place: { file: path, line: 2 },
      },
    ),
  );
}
