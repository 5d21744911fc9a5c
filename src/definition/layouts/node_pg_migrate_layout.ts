/**
 * node-pg-migrate's migrations in SQL: `<time>_<name>.sql` with `-- Up Migration` and
 * `-- Down Migration`.
 *
 * @module
 */

import type { Failure } from "../../failure.ts";
import { codeFiles } from "./foreign_code.ts";
import type { Layout } from "./layout.ts";
import { loadNumbered, type NumberedFile } from "./numbered_files.ts";
import { fileWithLine, isNumberedFile, numberedFiles } from "./numbered_names.ts";
import { between, cutSections, type SectionMark, type Sections } from "./sections.ts";

const MARKED = /^\s*--[\s-]*(up|down)\s+migration/im;

/** `20240131093015123`: a time in UTC to the millisecond, beside milliseconds since 1970. */
const CALENDAR_DIGITS = 17;

/**
 * A chain in the order of the times, and of names where times are equal. The tool knows a migration
 * by the name of its file. Without marks the whole file is the way up.
 */
export const nodePgMigrateLayout: Layout = {
  name: "node-pg-migrate",

  recognises: isNumberedFile,

  mark: (tree) => fileWithLine(tree, { line: MARKED }),

  async load(tree, options) {
    const entries = await tree.list("") ?? [];
    const code = codeFiles(entries, {
      ...options,
      language: "JavaScript",
      isCode: /^([0-9]+)[_-]?(.*)(?<!\.d)\.[cm]?[jt]s$/s,
      replacement: (name) => name.replace(/\.[cm]?[jt]s$/, ".sql"),
    }).map((file) => ({ ...file, origin: { key: file.path.replace(/\.[cm]?[jt]s$/, "") } }));
    const files = [...numberedFiles(entries), ...code].sort((a, b) =>
      timeOf(a) - timeOf(b) || (a.path < b.path ? -1 : 1)
    );
    return await loadNumbered(tree, {
      ...options,
      files,
      key: "name",
      partsOf: (text, { path }) => ({
        ...sectionsOf(text, { ...options, path: `${options.database}/${path}` }),
        origin: { key: path.replace(/\.sql$/, "") },
      }),
    });
  },
};

/** The first mark of each direction counts. */
function sectionsOf(
  text: string,
  options: { readonly path: string; readonly report: (defect: Failure) => void },
): Sections {
  const up = /^\s*--[\s-]*up\s+migration/im.exec(text)?.index;
  const down = /^\s*--[\s-]*down\s+migration/im.exec(text)?.index;
  if (up === undefined) {
    return {
      up: { text: text.slice(0, down) },
      down: down === undefined ? undefined : { text: between(text, down, text.length) },
    };
  }
  const marks: readonly SectionMark[] = [
    { start: up, direction: "up" },
    ...(down === undefined ? [] : [{ start: down, direction: "down" as const }]),
  ];
  return cutSections(text, { ...options, marks: [...marks].sort((a, b) => a.start - b.start) });
}

function timeOf({ digits }: NumberedFile): number {
  if (digits.length !== CALENDAR_DIGITS) return Number(digits);
  const [, year, month, day, hour, minute, second, rest] = /^(....)(..)(..)(..)(..)(..)(...)$/.exec(
    digits,
  )!;
  return Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!, +rest!);
}
