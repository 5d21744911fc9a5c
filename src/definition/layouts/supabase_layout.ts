/**
 * The Supabase CLI's migrations: `<time>_<name>.sql`.
 *
 * @module
 */

import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { isNumberedFile, numberedFiles } from "./numbered_names.ts";

/** A chain in numeric order, without ways back. Nothing in its folder marks it: it has to be named. */
export const supabaseLayout: Layout = {
  name: "supabase",

  recognises: isNumberedFile,

  async load(tree, options) {
    const files = numberedFiles(await tree.list("") ?? [])
      .filter(({ path }) => /^[0-9]+_.*\.sql$/s.test(path)).sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (_text, { digits }) => ({
        up: undefined,
        down: undefined,
        origin: { key: digits },
      }),
    });
  },
};
