// Pure.
/**
 * What a person is told about an error code, beyond the message of the one failure.
 *
 * @module
 */

/** One thing to do: a sentence, and commands or SQL that can be typed for it. */
export type Step = readonly [text: string, ...commands: string[]];

/**
 * The page of one code. In texts, what is typed or written into a file stands between backticks. In
 * commands NAME is a database, VERSION a migration and MIGRATION a batched migration; a command ends
 * in no full stop, SQL in a semicolon.
 *
 * Every step must be harmless for somebody who obeys it at three in the morning without
 * understanding it: look first, then do the least.
 */
export interface ErrorPage {
  /** A heading, without a full stop. */
  readonly title: string;
  /** What the state is, in one to three sentences. */
  readonly cause: string;
  /** In the order in which they are tried. */
  readonly steps: readonly Step[];
  /**
   * Whether the same command can succeed when it is repeated and nothing was changed: `yes`, at once;
   * `later`, when what is in the way has passed; `no`.
   */
  readonly retry: "yes" | "later" | "no";
  /**
   * Where the code is met. Default: as a failure that ends a command. `warning`: it ends none.
   * `history`: it stands with an attempt in the history.
   */
  readonly seen?: "warning" | "warning-or-failure" | "history";
}

/** What `retry` says, as a sentence. */
export const RETRY: Readonly<Record<ErrorPage["retry"], string>> = {
  yes: "The same command can be run again at once.",
  later: "The same command can succeed later, when what is in the way has passed.",
  no: "The same command fails again until something is changed.",
};

/** Where a code is met that is not, or not only, a failure. */
export const SEEN: Readonly<Record<NonNullable<ErrorPage["seen"]>, string>> = {
  warning: "This is a warning: no command ends because of it.",
  "warning-or-failure":
    "Depending on how large the table is, this is a warning, or a failure with " +
    "exit status 8.",
  history: "This stands with an attempt in the history: no command ends because of it.",
};
