/**
 * goose's migrations in SQL: `<version>_<name>.sql` with `-- +goose Up` and `-- +goose Down`.
 *
 * @module
 */

import { codeFiles } from "./foreign_code.ts";
import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { cutSections, type SectionMark } from "./sections.ts";
import { fillIn, type VariableOptions } from "./variables.ts";

const UP_OR_DOWN = /^--\s*\+goose\s+(up|down)\b.*$/gim;
const NO_TRANSACTION = /^--\s*\+goose\s+no\s+transaction\b/im;
const ENVSUB = /^--\s*\+goose\s+envsub\s+(on|off)\b.*$/gim;

/** A chain in numeric order. `NO TRANSACTION` speaks for both directions. */
export const gooseLayout: Layout = {
  name: "goose",

  recognises: isNumberedFile,

  mark: (tree) => fileWithLine(tree, { line: /^--\s*\+goose\s+(up|down|no transaction)\b/im }),

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    const code = codeFiles(entries, {
      ...options,
      language: "Go",
      isCode: /^([0-9]+)_(?!.*_test\.go$)(.*)\.go$/s,
      replacement: (name) => name.replace(/\.go$/, ".sql"),
    });
    const files = [...numberedFiles(entries), ...code].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { path }) => {
        const reporting = { ...options, path: `${options.database}/${path}` };
        const transactionNone = NO_TRANSACTION.test(text);
        const filled = fillEnvironment(text, { variables: options.variables, ...reporting });
        const marks = [...filled.matchAll(UP_OR_DOWN)].map(({ index, 1: word }): SectionMark => ({
          start: index,
          direction: word!.toLowerCase() === "up" ? "up" : "down",
          transactionNone,
        }));
        // A file without a word of goose's is run by nobody; goose refuses it.
        return cutSections(filled, { marks, ...reporting });
      },
    });
  },
};

/** `$NAME` and `${NAME:-default}` between `ENVSUB ON` and `ENVSUB OFF`, whatever is around them. */
function fillEnvironment(text: string, options: VariableOptions): string {
  const switches = [...text.matchAll(ENVSUB)];
  if (switches.length === 0) return text;
  const isOn = (offset: number) =>
    switches.findLast(({ index }) => index < offset)?.[1]?.toLowerCase() === "on";
  return fillIn(text, {
    ...options,
    pattern: /\$(?:\{([A-Za-z_]\w*)(?::?-([^}]*))?\}|([A-Za-z_]\w*))/g,
    useOf: ({ index, 1: braced, 2: fallback, 3: bare }) =>
      isOn(index) && text[index - 1] !== "$" ? { name: (braced ?? bare)!, fallback } : undefined,
  });
}
