/**
 * Drizzle's migrations: the SQL files that `meta/_journal.json` lists.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../../failure.ts";
import type { Layout, LayoutOptions, Tree } from "./layout.ts";
import { loadNumbered, type NumberedFile } from "./numbered_files.ts";
import { isNumberedFile } from "./numbered_names.ts";

const JOURNAL = "meta/_journal.json";

interface JournalEntry {
  readonly idx: number;
  /** Milliseconds since 1970: what Drizzle's table has as `created_at`. */
  readonly when: number;
  /** The file's name without `.sql`. */
  readonly tag: string;
}

/** A chain in the order of the journal, without ways back. */
export const drizzleLayout: Layout = {
  name: "drizzle",

  recognises: isNumberedFile,

  async mark(tree) {
    return await tree.read(JOURNAL) === undefined ? undefined : JOURNAL;
  },

  async load(tree, options) {
    const journal = await readJournal(tree, options);
    const byPath = new Map<string, JournalEntry>(
      journal.map((entry) => [`${entry.tag}.sql`, entry] as const),
    );
    const files = journal.map(({ tag, idx }): NumberedFile => {
      const [, digits = String(idx), title = tag] = /^([0-9]+)(?:_(.*))?$/s.exec(tag) ?? [];
      return { path: `${tag}.sql`, digits, title };
    });
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "name",
      partsOf: (_text, { path, bytes }) => ({
        up: undefined,
        down: undefined,
        origin: {
          key: String(byPath.get(path)!.when),
          checksum: createHash("sha256").update(bytes).digest("hex"),
        },
      }),
    });
  },
};

async function readJournal(
  tree: Tree,
  { database, report }: LayoutOptions,
): Promise<readonly JournalEntry[]> {
  const text = new TextDecoder().decode(await tree.read(JOURNAL));
  try {
    const journal = JSON.parse(text) as { readonly entries?: unknown } | null;
    const entries: unknown = journal?.entries;
    if (Array.isArray(entries) && entries.every(isEntry)) {
      return [...entries].sort((a, b) => a.idx - b.idx);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  report(
    new Failure(
      "definition/unreadable-metadata",
      `${database}/${JOURNAL} is no journal of Drizzle's: it needs \`entries\` with idx, when and tag.`,
      { hint: "Restore it: drizzle-kit writes it.", place: { file: `${database}/${JOURNAL}` } },
    ),
  );
  return [];
}

/** A tag names a file of the same folder, never one elsewhere. */
function isEntry(found: unknown): found is JournalEntry {
  const { idx, when, tag } = (found ?? {}) as Partial<Record<keyof JournalEntry, unknown>>;
  return Number.isSafeInteger(idx) && Number(idx) >= 0 && Number.isSafeInteger(when) &&
    typeof tag === "string" && tag !== "" && !/[/\\\0]/.test(tag);
}
