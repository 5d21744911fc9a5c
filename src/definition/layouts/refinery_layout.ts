/**
 * refinery's migrations: `V<version>__<name>.sql`, and `U<version>__<name>.sql` for those that may
 * come out of order.
 *
 * @module
 */

import { codeFiles } from "./foreign_code.ts";
import type { Layout } from "./layout.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";
import { refineryChecksum } from "./refinery_checksum.ts";

const NAME = /^[UV]([0-9]+)__(\w+)\.sql$/;
const CODE = /^[UV]([0-9]+)__(\w+)\.rs$/;

/** A chain in numeric order, without ways back. */
export const refineryLayout: Layout = {
  name: "refinery",

  recognises: ({ name, isDirectory }) => !isDirectory && NAME.test(name),

  async mark(tree) {
    const entries = await tree.list("") ?? [];
    return entries.find(({ name, isDirectory }) => !isDirectory && CODE.test(name))?.name;
  },

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    const code = codeFiles(entries, {
      ...options,
      language: "Rust",
      isCode: CODE,
      replacement: (name) => name.replace(/\.rs$/, ".sql"),
    });
    const sql = entries.filter(refineryLayout.recognises).map(({ name }) => {
      const [, digits, title] = NAME.exec(name)!;
      return { path: name, digits: digits!, title: title! };
    });
    const files = [...sql, ...code].sort(byNumber);
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "version",
      partsOf: (text, { digits, title }) => ({
        up: undefined,
        down: undefined,
        origin: {
          key: String(BigInt(digits)),
          checksum: refineryChecksum({ name: title, version: Number(digits), sql: text }),
        },
      }),
    });
  },
};
