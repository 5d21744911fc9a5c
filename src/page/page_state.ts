// Pure.
/**
 * What a page shows: values that were read from the servers before it is rendered.
 *
 * @module
 */

import type { MigrationDetails } from "../background/status/read_details.ts";
import type { FailedSubBatch } from "../background/status/read_failures.ts";
import type { ProgressSnapshot } from "../background/status/progress_snapshot.ts";
import type { QuarantinedRow } from "../background/status/read_quarantine.ts";
import type { DrawnMigration } from "../graph/drawing.ts";
import type { Graph } from "../graph/graph.ts";
import type { DatabaseStatus } from "../plan/database_status.ts";

/** Why something could not be read, as a failure says it. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** One database of the product. */
export interface DatabaseView {
  readonly name: string;
  /** The server without its password; undefined if the settings do not say which. */
  readonly server: string | undefined;
  /** Each reason why a part below is missing. */
  readonly troubles: readonly Trouble[];
  /** Undefined if it could not be read. */
  readonly status: DatabaseStatus | undefined;
  /** Whether migrator has run there. */
  readonly installed: boolean;
  /** Whether all commits of the last run are known to be on disk. */
  readonly durable: boolean;
  /** Undefined if the migrations have defects. */
  readonly graph: Graph<DrawnMigration> | undefined;
  /** Undefined if they could not be read. */
  readonly batched: readonly ProgressSnapshot[] | undefined;
}

/** A failed sub-batch, with SQL to try it in psql; undefined where there is none. */
export interface FailureView extends FailedSubBatch {
  readonly sql: string | undefined;
}

/** One batched migration in detail. */
export interface BatchedView extends MigrationDetails {
  readonly database: string;
  readonly server: string;
  readonly snapshot: ProgressSnapshot;
  /** The one that is run first on the same table; undefined if it waits for none. */
  readonly waitsFor: ProgressSnapshot | undefined;
  /** The number of all failures; `failures` has the newest. */
  readonly failureCount: number;
  readonly failures: readonly FailureView[];
  readonly quarantine: readonly QuarantinedRow[];
}

/** A line of the log. */
export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  readonly database: string;
  readonly text: string;
  readonly level: "info" | "warn" | "error";
}

/** What is the same on every page. */
export interface PageFrame {
  /** The program's version. */
  readonly version: string;
  /** When it was read, ISO 8601. */
  readonly at: string;
  readonly databases: readonly string[];
  /** `read-only`: nothing can be changed; `locked`: after a sign-in; `open`: by forms. */
  readonly changes: "read-only" | "locked" | "open";
}
