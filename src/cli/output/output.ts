// Pure.
/**
 * The interface through which commands print. Results go to standard output; progress, warnings and
 * failures to standard error. With `--json` everything is one JSON object per line on standard
 * output, and the last one is `finished` or `failed`.
 *
 * @module
 */

import type { AnsweredQuery } from "../../connection/session/session.ts";
import type { Failure } from "../../failure.ts";
import type { ReportedEvent } from "../../report/background_text.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import type { Style } from "../../report/style.ts";

/** Receives a command's output. */
export interface Output {
  /**
   * Prints a result for people; for programs, see `record`. Each string is one line: controls in
   * it, including line ends, are escaped. Colours are allowed only from `style`.
   */
  print(...lines: readonly string[]): void;
  /** Like `print`, for source text such as SQL: its line ends are kept, and tabs become spaces. */
  source(text: string): void;
  /**
   * Prints a result to keep in a file and give to another program, such as a script for psql. It is
   * unchanged, unless standard output is a terminal: then controls are escaped.
   */
  document(text: string): void;
  /** Prints a result for programs; for people, see `print`. */
  record(record: JsonRecord): void;
  /** Reports something that a person should know and that stops nothing. */
  warn(message: string): void;
  /** Reports an event of a run, or of background work. */
  event(event: ReportedEvent): void;
  /** Reports progress, at intervals. */
  meter(text: string, record: JsonRecord): void;
  /**
   * Receives each query that the server has answered; undefined unless queries are to be reported.
   */
  readonly query: ((query: AnsweredQuery) => void) | undefined;
  /** Reports why the command failed. */
  failed(failures: readonly Failure[], exit: number): void;
  /** Reports that the command succeeded. */
  finished(facts: Readonly<Record<string, unknown>>): void;
  readonly style: Style;
  /** The terminal on which lines can be redrawn, if output is for people and there is one. */
  readonly terminal: Terminal | undefined;
}

/** A terminal whose last lines can be redrawn. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Shows lines in place of those drawn before; they are cleared before anything is printed. */
  draw(lines: readonly string[]): void;
}

/** Where text is written. A function is called for its text when it is written. */
export interface Streams {
  stdout(text: string | (() => string)): void;
  stderr(text: string | (() => string)): void;
}
