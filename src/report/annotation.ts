// Pure.
/**
 * A finding about a file, for the formats that other programs read.
 *
 * @module
 */

/** One finding. */
export interface Annotation {
  /** The code of the rule or error. */
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  /** What the code means, without a full stop. */
  readonly title: string;
  readonly message: string;
  /** From the current directory, with slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** More about the code, in Markdown. */
  readonly help?: string;
}

/** One thing that was examined: a migration. */
export interface ExaminedCase {
  /** `frontend`. */
  readonly group: string;
  /** `1650000100 add_users`. */
  readonly name: string;
  readonly file: string;
  readonly annotations: readonly Annotation[];
}

/** What examined the cases: `migrator lint`, and its version. */
export interface Examiner {
  readonly name: string;
  readonly version: string;
}

/** The formats in which findings can be written: GitHub's annotations, GitLab's Code Quality, and so on. */
export const REPORT_FORMAT_NAMES = [
  "github",
  "gitlab",
  "sarif",
  "junit",
  "checkstyle",
  "gcc",
] as const;

/** The name of a format. */
export type ReportFormat = typeof REPORT_FORMAT_NAMES[number];
