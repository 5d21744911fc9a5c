// Pure.
/**
 * Everything that a run has to say. Printed as text or as JSON lines by whoever listens; the runner
 * itself prints nothing.
 *
 * `type` and field names are what `--json` prints: they are only ever added to. `finished` and
 * `failed` are not among the types: they are the last line of a command, and nothing else.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";
import type { Place } from "../../failure.ts";
import type { InheritedSetting } from "./inherited_settings.ts";
import type { IndexProgress } from "./index_progress.ts";
import type { LockHolder } from "../../connection/lock/advisory_lock.ts";
import type { Blocker } from "./blocker.ts";

/** One thing that happened. */
export type RunEvent =
  & { readonly database: string }
  & (
    | { readonly type: "connecting"; readonly server: string; readonly why: string }
    /** What `wait` waits for, and why it is not there yet: a code or a word, and a clause. */
    | {
      readonly type: "not-ready";
      readonly server: string;
      readonly reason: string;
      readonly why: string;
    }
    /** A setting that somebody made for this role, database or server; see `Inherited`. */
    | { readonly type: "inherited" } & InheritedSetting
    | { readonly type: "planned"; readonly steps: number; readonly server: string }
    | {
      readonly type: "waiting";
      readonly holder: LockHolder | undefined;
      readonly seconds: number;
    }
    | {
      readonly type: "started";
      readonly step: StepLabel;
      readonly number: number;
      readonly of: number;
    }
    | {
      readonly type: "retrying";
      readonly step: StepLabel;
      readonly why: string;
      /** The server's own, such as who waits for whom in a deadlock. */
      readonly detail: string | null;
      readonly seconds: number;
      /** Who was seen in its way; empty where nobody could be seen. */
      readonly blockers: readonly Blocker[];
    }
    /** A statement that waits long, and is not given up: told from time to time. */
    | {
      readonly type: "blocked";
      readonly step: StepLabel;
      readonly seconds: number;
      readonly blockers: readonly Blocker[];
    }
    | {
      readonly type: "index";
      readonly step: StepLabel;
      readonly index: string;
      readonly what: IndexEvent;
    }
    /** About once a second while an index is built; ours, or one that is waited for. */
    | {
      readonly type: "progress";
      readonly step: StepLabel;
      /** Since it was first looked at. */
      readonly seconds: number;
    } & IndexProgress
    | {
      readonly type: "resuming";
      readonly step: StepLabel;
      /** The index, table or partition, as the server or the migration writes it. */
      readonly object: string;
      readonly what: ResumeEvent;
    }
    | {
      readonly type: "notice";
      readonly step: StepLabel;
      readonly severity: string;
      readonly message: string;
    }
    | {
      readonly type: "applied";
      readonly step: StepLabel;
      readonly milliseconds: number;
      readonly number: number;
      readonly of: number;
    }
    /** Run by hand by a person, and now in the history. */
    | {
      readonly type: "recorded";
      readonly step: StepLabel;
      readonly number: number;
      readonly of: number;
    }
    | { readonly type: "step-failed"; readonly step: StepLabel; readonly place: Place }
    /** Roles that may read our tables from now on, or why not. */
    | {
      readonly type: "readers";
      readonly roles: readonly string[];
      readonly refused: string | null;
    }
    /** Everything said to be applied before this is on disk. */
    | { readonly type: "durable" }
  );

/** Which script. */
export interface StepLabel {
  /** The version of the migration. */
  readonly version: bigint;
  /** Its name; may be empty. */
  readonly name: string;
  /** Whether it is applied or rolled back. */
  readonly direction: Direction;
  /** The path of its script, as messages print it. */
  readonly file: string;
}

/** What was found or done about a concurrent index. */
export type IndexEvent =
  | "name-taken"
  | "already-valid"
  | "built-by-another-session"
  | "dropping-invalid";

/** What was found or done about a statement that an earlier run did not bring to its end. */
export type ResumeEvent =
  | "still-running"
  | "already-gone"
  | "dropping-again"
  | "already-detached"
  | "finishing-detach"
  | "dropping-leftover";

/** Takes events as they happen. Must not throw. */
export type RunReporter = (event: RunEvent) => void;
