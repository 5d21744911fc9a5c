// Pure.
/**
 * The events of a run. The caller prints them as text or JSON lines; the runner itself prints nothing.
 *
 * `--json` prints `type` and the field names, so they change only by addition. The types `finished` and
 * `failed` are reserved for the last line of a command.
 *
 * @module
 */

import type { Direction } from "../../definition/migration/definition.ts";
import type { Place } from "../../failure.ts";
import type { InheritedSetting } from "./inherited_settings.ts";
import type { IndexProgress } from "./index_progress.ts";
import type { LockHolder } from "../../connection/lock/advisory_lock.ts";
import type { Blocker } from "./blocker.ts";

/** One event of a run. */
export type RunEvent =
  & { readonly database: string }
  & (
    | { readonly type: "connecting"; readonly server: string; readonly why: string }
    /** Why the database is not ready yet: `reason` is a code or a word, `why` is a clause. */
    | {
      readonly type: "not-ready";
      readonly server: string;
      readonly reason: string;
      readonly why: string;
    }
    /** A setting of this role, database or server; see `InheritedSetting`. */
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
      /** The server's DETAIL, such as the processes of a deadlock. */
      readonly detail: string | null;
      readonly seconds: number;
      /** The blockers that were seen; empty if none could be seen. */
      readonly blockers: readonly Blocker[];
    }
    /** A statement waits for a lock; repeated while it waits. */
    | {
      readonly type: "blocked";
      readonly step: StepLabel;
      readonly seconds: number;
      readonly blockers: readonly Blocker[];
    }
    /** The server owes an answer and has sent nothing for `seconds`; repeated ever more rarely. */
    | {
      readonly type: "silent";
      readonly seconds: number;
      /** Whether the server still answers on the lock's connection. */
      readonly isReachable: boolean;
    }
    /** A commit of this run waits until a standby confirms it. */
    | { readonly type: "awaiting-standby"; readonly seconds: number }
    | {
      readonly type: "index";
      readonly step: StepLabel;
      readonly index: string;
      readonly what: IndexEvent;
    }
    /** About once a second during an index build, the run's own or one that it waits for. */
    | {
      readonly type: "progress";
      readonly step: StepLabel;
      /** Seconds since the run first looked for the build. */
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
    /** A person ran the step by hand, and it is now recorded. */
    | {
      readonly type: "recorded";
      readonly step: StepLabel;
      readonly number: number;
      readonly of: number;
    }
    | { readonly type: "step-failed"; readonly step: StepLabel; readonly place: Place }
    /** Roles that may now read migrator's tables; or, in `refused`, the server's error. */
    | {
      readonly type: "readers";
      readonly roles: readonly string[];
      readonly refused: string | null;
    }
    /** Every step reported as applied before this event is on disk. */
    | { readonly type: "durable" }
  );

/** Identifies a step. */
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

/** What was found or done about a statement that an earlier run did not finish. */
export type ResumeEvent =
  | "still-running"
  | "already-gone"
  | "dropping-again"
  | "already-detached"
  | "finishing-detach"
  | "dropping-leftover";

/** Takes events as they happen. Must not throw. */
export type RunReporter = (event: RunEvent) => void;
