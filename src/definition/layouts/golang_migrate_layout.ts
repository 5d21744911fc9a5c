/**
 * Two files for each migration: `<version>_<title>.up.sql` and `<version>_<title>.down.sql`.
 *
 * @module
 */

import { isFlatFile, linearMigration, pairUp } from "./flat_files.ts";
import type { Layout } from "./layout.ts";
import { loadLinear } from "./linear_layout.ts";

/**
 * golang-migrate's: a chain in numeric order, whatever the padding; titles may differ between up and
 * down.
 *
 * A set in which no migration has a way back is one that only goes forward. Where some have one, a
 * missing one is a mistake.
 */
export const golangMigrateLayout: Layout = {
  name: "golang-migrate",

  recognises: isFlatFile,

  async load(tree, options) {
    const pairs = pairUp(await tree.list("") ?? [], options);
    const migrations = new Map(
      [...pairs].map(([version, pair]) => [version, linearMigration(pair)] as const),
    );
    return await loadLinear(tree, { ...options, migrations, downs: "all-or-none" });
  },
};
