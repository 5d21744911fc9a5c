// Pure.
/**
 * One file that holds both directions of a migration, cut where lines of its tool's say so.
 *
 * @module
 */

import { Failure } from "../../failure.ts";
import { lineAndColumn } from "../../sql/offsets.ts";
import { scan } from "../../sql/scanner.ts";
import type { Direction } from "../migration/definition.ts";

/** A line that begins a section. */
export interface SectionMark {
  /** Offset of the line. */
  readonly start: number;
  readonly direction: Direction;
  /** The tool is to run the section outside a transaction. */
  readonly transactionNone?: boolean;
}

/** What is run in one direction. */
export interface Section {
  /** Undefined: the file as it stands. */
  readonly text?: string | undefined;
  /** Another file than the one that shows that there is such a migration. */
  readonly path?: string;
  readonly transactionNone?: boolean;
}

/** Both sections of a file. */
export interface Sections {
  readonly up: Section;
  /** Undefined where no line begins it. */
  readonly down: Section | undefined;
}

interface CutOptions {
  readonly marks: readonly SectionMark[];
  readonly path: string;
  readonly report: (defect: Failure) => void;
}

/**
 * Cuts a file. Lines keep their numbers: what is left out in front of a section leaves empty lines.
 * Comments above the first mark go with the way up. Reported are SQL above the first mark, a section
 * that comes twice, and a file without a section for the way up.
 */
export function cutSections(text: string, { marks, path, report }: CutOptions): Sections {
  const [stray] = marks[0] === undefined ? [] : scan(text.slice(0, marks[0].start));
  if (stray !== undefined) {
    report(
      new Failure(
        "definition/misplaced-sql",
        `${path} has SQL above its first section, which its tool does not run.`,
        {
          hint: "Move it below the line that begins the section, or remove it.",
          place: { file: path, ...lineAndColumn(text, stray.start) },
        },
      ),
    );
  }
  const sectionOf = (direction: Direction): Section | undefined => {
    const index = marks.findIndex((mark) => mark.direction === direction);
    const mark = marks[index];
    if (mark === undefined) return undefined;
    const again = marks.findIndex((one, at) => at > index && one.direction === direction);
    if (again !== -1) {
      report(
        new Failure("definition/duplicate-section", `${path} has two sections for ${direction}.`, {
          hint: "Join them.",
          place: { file: path, line: lineAndColumn(text, marks[again]!.start).line },
        }),
      );
    }
    const from = index === 0 && direction === "up" ? 0 : mark.start;
    const section = between(text, from, marks[index + 1]?.start ?? text.length);
    return { text: section, ...(mark.transactionNone ? { transactionNone: true } : {}) };
  };
  const up = sectionOf("up");
  if (up === undefined) {
    report(
      new Failure("definition/missing-up", `${path} has no section for the way up.`, {
        hint: "Write the line that begins it, as the other files have it.",
        place: { file: path },
      }),
    );
  }
  return { up: up ?? { text: "" }, down: sectionOf("down") };
}

/** The part of a text, on the lines where it was. */
export function between(text: string, from: number, to: number): string {
  return text.slice(0, from).replace(/[^\n]+/g, "") + text.slice(from, to);
}
