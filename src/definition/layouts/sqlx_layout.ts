/**
 * sqlx's migrations: `<version>_<name>.sql`, or `.up.sql` and `.down.sql`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { isFlatFile, linearMigration, pairUp } from "./flat_files.ts";
import type { Layout, Tree } from "./layout.ts";
import { type LinearMigration, loadLinear } from "./linear_layout.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { byNumber, loadNumbered } from "./numbered_files.ts";

/** Counts at the very beginning of a file only. */
const NO_TRANSACTION = /^-- no-transaction/;

/** A chain in numeric order. Without pairs of files there is no way back. */
export const sqlxLayout: Layout = {
  name: "sqlx",

  recognises: (entry) => isNumberedFile(entry) || isFlatFile(entry),

  mark: (tree) => fileWithLine(tree, { line: NO_TRANSACTION, isCandidate: sqlxLayout.recognises }),

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    const pairs = pairUp(entries, options);
    if (pairs.size > 0) {
      const migrations = new Map<bigint, LinearMigration>();
      for (const [version, pair] of pairs) {
        migrations.set(version, await withOrigin(tree, linearMigration(pair)));
      }
      return await loadLinear(tree, { ...options, migrations, downs: "optional" });
    }
    return await loadNumbered(tree, {
      ...options,
      files: [...numberedFiles(entries)].sort(byNumber),
      key: "version",
      partsOf: (text, { digits, bytes }) => ({
        up: NO_TRANSACTION.test(text) ? { transactionNone: true } : undefined,
        down: undefined,
        origin: originOf(digits, bytes),
      }),
    });
  },
};

async function withOrigin(tree: Tree, migration: LinearMigration): Promise<LinearMigration> {
  const markOf = async (path: string) => {
    const text = new TextDecoder().decode(await tree.read(path));
    return NO_TRANSACTION.test(text) ? { transactionNone: true } : {};
  };
  const { up, down, home } = migration;
  const [digits] = /^[0-9]+/.exec(home)!;
  const bytes = await tree.read(up.path);
  return {
    ...migration,
    up: { ...up, ...(up.exists ? await markOf(up.path) : {}) },
    down: { ...down, ...(down.exists ? await markOf(down.path) : {}) },
    ...(bytes === undefined ? {} : { origin: originOf(digits, bytes) }),
  };
}

/** SHA-384 over the bytes of the file, its byte order mark and line ends included. */
function originOf(digits: string, bytes: Uint8Array) {
  const checksum = createHash("sha384").update(bytes).digest("hex");
  return { key: String(BigInt(digits)), checksum };
}
