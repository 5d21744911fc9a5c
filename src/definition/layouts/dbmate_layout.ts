/**
 * dbmate's migrations: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`.
 *
 * @module
 */

import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { cutSections, type SectionMark } from "./sections.ts";

const MARK = /^--\s*migrate:(up|down)(?=\s|$)(.*)$/gm;

/** A chain in numeric order. `transaction:false` behind a mark speaks for its section. */
export const dbmateLayout: Layout = {
  name: "dbmate",

  recognises: isNumberedFile,

  mark: (tree) => fileWithLine(tree, { line: /^--\s*migrate:(up|down)(?=\s|$)/m }),

  async load(tree, options) {
    const files = [...numberedFiles(await tree.list("") ?? [])].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { path, digits }) => ({
        ...cutSections(text, {
          ...options,
          path: `${options.database}/${path}`,
          marks: [...text.matchAll(MARK)].map(({ index, 1: word, 2: rest }): SectionMark => ({
            start: index,
            direction: word === "up" ? "up" : "down",
            transactionNone: /\btransaction:false\b/.test(rest ?? ""),
          })),
        }),
        origin: { key: digits },
      }),
    });
  },
};
