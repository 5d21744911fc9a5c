// Pure.
/**
 * What a rule is.
 *
 * @module
 */

import type { LintedStatement } from "./linted_script.ts";
import type { Scope } from "./scope.ts";

/** How serious a finding is. */
export const SEVERITIES = ["info", "warning", "error"] as const;

/** From `info` to `error`. */
export type Severity = typeof SEVERITIES[number];

/** What a rule watches over. */
export const FAMILIES = {
  locks: "Locks, rewrites and scans",
  transactions: "Transactions",
  compatibility: "Compatibility with the running application",
  data: "Data",
  design: "Types, keys and indexes",
  privileges: "Privileges and portability",
  migrations: "The migrations themselves",
} as const;

/** The key of a family. */
export type RuleFamily = keyof typeof FAMILIES;

/**
 * What a statement does to a table, as it can be measured. A finding of a rule that claims an effect is
 * dropped where the measurement shows none.
 */
export type Effect = "rewrite" | "scan" | "index";

/** What a rule found. */
export interface Problem {
  /** One or two sentences about this statement. */
  readonly message: string;
  /** A byte offset in the statement's tree. Default: the statement's first token. */
  readonly location?: number | undefined;
  /** The statement, for rules about whole scripts. Default: the first. */
  readonly statement?: LintedStatement;
}

/** One rule. */
export interface Rule {
  /** Stable: `drop-column`. */
  readonly code: string;
  readonly family: RuleFamily;
  /** `off`: only projects that ask for it get its findings. */
  readonly severity: Severity | "off";
  /** A heading, without a full stop. */
  readonly title: string;
  /** What goes wrong, and when, in a few sentences. */
  readonly why: string;
  /** The way that is safe, as SQL with comments. */
  readonly recipe: string;
  /** A script with a finding of this rule. */
  readonly bad: string;
  /** A script for the same purpose without one. */
  readonly good: string;
  readonly effect?: Effect;
  /** Judges one statement; the scope is as it is before the statement runs. */
  readonly statement?: (statement: LintedStatement, scope: Scope) => Iterable<Problem>;
  /** Judges a whole script; the scope is as it is after it. */
  readonly script?: (scope: Scope) => Iterable<Problem>;
}
