// Pure.
/**
 * What commands may say. Results go to standard output; progress, warnings and failures to standard
 * error. With `--json` everything is one JSON object per line on standard output, and the last one is
 * `finished` or `failed`.
 *
 * @module
 */

import type { AnsweredQuery } from "../../connection/session/session.ts";
import type { Failure } from "../../failure.ts";
import type { ReportedEvent } from "../../report/background_text.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import type { Style } from "../../report/style.ts";

/** Where a command's words go. */
export interface Output {
  /**
   * A result for people; programs get `record` instead. Each string is one line: controls in it are
   * shown by their number, line ends too. Of what looks like a colour only `style` passes.
   */
  print(...lines: readonly string[]): void;
  /** The same for SQL and its like: line ends in it are its own, and a tab is the spaces it stands for. */
  source(text: string): void;
  /**
   * A result that people keep in a file and hand to another program, such as a script for psql: as it
   * is, unless standard output is a terminal, where controls are shown by their number.
   */
  document(text: string): void;
  /** A result for programs; people get `print` instead. */
  record(record: JsonRecord): void;
  /** Something a person should know that stops nothing. */
  warn(message: string): void;
  /** What a run, or background work, has to say. */
  event(event: ReportedEvent): void;
  /** How far something is, now and then. */
  meter(text: string, record: JsonRecord): void;
  /** A query that the server has answered; undefined unless queries are to be told. */
  readonly query: ((query: AnsweredQuery) => void) | undefined;
  /** Why the command did not succeed; several when several things are wrong. */
  failed(failures: readonly Failure[], exit: number): void;
  /** The end of a command that did what it was asked. */
  finished(facts: Readonly<Record<string, unknown>>): void;
  readonly style: Style;
  /** The terminal on which lines can be drawn over, if there is one for people to look at. */
  readonly terminal: Terminal | undefined;
}

/** Where the last lines can be shown anew. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  /** Shows lines in place of those shown before; they give way to whatever is printed. */
  draw(lines: readonly string[]): void;
}

/** Where text goes in the end. What is given as a function is worded when it is written. */
export interface Streams {
  stdout(text: string | (() => string)): void;
  stderr(text: string | (() => string)): void;
}
