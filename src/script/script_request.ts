// Pure.
/**
 * What a script is made of, and for which database.
 *
 * @module
 */

import type { BatchedMigration } from "../definition/batched/batched_migration.ts";
import type { History } from "../history/history.ts";
import type { HistoryName } from "../history/history_name.ts";
import type { Step } from "../plan/plan.ts";
import type { Storable } from "../sql/storable.ts";
import type { RunOptions } from "../runner/context/run_context.ts";

/** A step with the texts that the script repeats. */
export interface ScriptStep {
  readonly step: Step;
  /** The text of its script. */
  readonly text: string;
  /** The text of its up script. */
  readonly up: string;
  /** The text of its down script. */
  readonly down: string | undefined;
  /** 0-based indexes of statements that set something for their session, and may be run again. */
  readonly settings: ReadonlySet<number>;
  /** 0-based index of the first statement whose effect on its session is lost with the session. */
  readonly sessionLostAt: number | undefined;
}

/** The database that a script is made for, as it was seen, or as a state file says. */
export interface SeenDatabase {
  /** The address of the server, without secrets, or the name of the state file. */
  readonly label: string;
  readonly history: History;
  /** The role that asked. */
  readonly role: string;
  /** As SHOW prints it. */
  readonly searchPath: string;
  /** PostgreSQL's name of the encoding. */
  readonly encoding: string;
  /** It has no tables but those of extensions and migrator's own. */
  readonly isEmpty: boolean;
}

/** Everything that a script depends on. */
export interface ScriptRequest {
  /** The command that it stands for: `up`, `down 3`. */
  readonly command: string;
  /** In the order in which they run; no version twice, at least one. */
  readonly steps: readonly ScriptStep[];
  /** The privileged steps of the plan only, to be run by a superuser and recorded by the owner. */
  readonly privilegedOnly: boolean;
  /** Steps of the plan that this script leaves out. */
  readonly leftOut: readonly Step[];
  readonly history: HistoryName;
  readonly lockKey: bigint;
  /** Its `history` is the state that the script expects. */
  readonly seen: SeenDatabase;
  /** Run it although the database has tables and no history of ours. */
  readonly fromScratch: boolean;
  readonly background: readonly BatchedMigration[];
  readonly options: Pick<RunOptions, "lockTimeout" | "statementTimeout" | "rowSecurity">;
  readonly toolVersion: string;
  /** Writes a text in characters that the database can store. */
  readonly storable: Storable;
  /** Who wrote it and when: `ana@build-7 on 2026-11-30 20:13:00Z`. */
  readonly writtenBy: string;
}
