/**
 * sql-migrate's migrations: `<number>_<name>.sql` with `-- +migrate Up` and `-- +migrate Down`.
 *
 * @module
 */

import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { cutSections, type SectionMark } from "./sections.ts";

const MARK = /^-- \+migrate\s+(up|down)\b(.*)$/gim;

/**
 * A chain in the order of the numbers, and of names where numbers are equal. The tool knows a
 * migration by the whole name of its file. `notransaction` behind a mark speaks for its section.
 */
export const sqlMigrateLayout: Layout = {
  name: "sql-migrate",

  recognises: isNumberedFile,

  mark: (tree) => fileWithLine(tree, { line: /^-- \+migrate\s+(up|down)\b/im }),

  async load(tree, options) {
    const files = [...numberedFiles(await tree.list("") ?? [])].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "name",
      partsOf: (text, { path }) => ({
        ...cutSections(text, {
          ...options,
          path: `${options.database}/${path}`,
          marks: [...text.matchAll(MARK)].map(({ index, 1: word, 2: rest }): SectionMark => ({
            start: index,
            direction: word!.toLowerCase() === "up" ? "up" : "down",
            transactionNone: /\bnotransaction\b/.test(rest ?? ""),
          })),
        }),
        origin: { key: path },
      }),
    });
  },
};
