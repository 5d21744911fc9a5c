/**
 * Prisma's migrations: `<time>_<name>/migration.sql` beside `migration_lock.toml`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { directoryLayout } from "./directory_layout.ts";
import { malformedName } from "./layout.ts";
import type { Layout, Tree, TreeEntry } from "./layout.ts";
import { loadNumbered, type NumberedFile } from "./numbered_files.ts";

const SCRIPT = "migration.sql";
const DOWN = "down.sql";

/**
 * A chain in the order of the directories' names, by which Prisma knows them: times may be equal.
 * A `down.sql` beside the script is its way back.
 */
export const prismaLayout: Layout = {
  name: "prisma",

  recognises: directoryLayout.recognises,

  async mark(tree) {
    const entries = await tree.list("") ?? [];
    if (entries.some(({ name }) => name === "migration_lock.toml")) return "migration_lock.toml";
    for (const { name } of entries.filter(directoryLayout.recognises)) {
      if (await holds(tree, name, SCRIPT)) return `${name}/${SCRIPT}`;
    }
    return undefined;
  },

  async load(tree, options) {
    const directories = (await tree.list("") ?? []).filter(directoryLayout.recognises);
    const files: NumberedFile[] = [];
    const reversible = new Set<string>();
    for (const { name } of [...directories].sort(byName)) {
      const match = /^([0-9]+)(?:_(.*))?$/s.exec(name);
      if (match === null) {
        const path = `${options.database}/${name}`;
        malformedName(path, { expected: "<time>_<name>", report: options.report });
        continue;
      }
      files.push({ path: `${name}/${SCRIPT}`, digits: match[1]!, title: match[2] ?? "" });
      if (await holds(tree, name, DOWN)) reversible.add(name);
    }
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "name",
      partsOf: (_text, { path, bytes }) => {
        const directory = path.slice(0, -SCRIPT.length - 1);
        return {
          up: undefined,
          down: reversible.has(directory) ? { path: `${directory}/${DOWN}` } : undefined,
          origin: {
            key: directory,
            checksum: createHash("sha256").update(bytes).digest("hex"),
          },
        };
      },
    });
  },
};

async function holds(tree: Tree, directory: string, file: string): Promise<boolean> {
  return (await tree.list(directory) ?? []).some(({ name }) => name === file);
}

function byName(a: TreeEntry, b: TreeEntry): number {
  return a.name < b.name ? -1 : 1;
}
