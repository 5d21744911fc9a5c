/**
 * Hasura's migrations: `<milliseconds>_<name>/{up.sql,down.sql}`.
 *
 * @module
 */

import { directoryLayout } from "./directory_layout.ts";
import type { Layout } from "./layout.ts";
import { plainDirectories } from "./plain_directory_layout.ts";
import { loadLinear } from "./linear_layout.ts";

/** A chain in numeric order. A directory without `down.sql` has no way back. */
export const hasuraLayout: Layout = {
  name: "hasura",

  recognises: directoryLayout.recognises,

  async mark(tree) {
    const directories = (await tree.list("") ?? []).filter(directoryLayout.recognises);
    const isHasuras = directories.length > 0 &&
      directories.every(({ name }) => /^[0-9]{13}(_|$)/.test(name));
    if (!isHasuras) return undefined;
    const files = await tree.list(directories[0]!.name) ?? [];
    return files.some(({ name }) => name === "metadata.yaml") ? undefined : directories[0]!.name;
  },

  async load(tree, options) {
    const migrations = await plainDirectories(tree, options);
    return await loadLinear(tree, { ...options, migrations, downs: "optional" });
  },
};
