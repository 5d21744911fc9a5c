/**
 * Reads the failures of compacted batches from archives.
 *
 * @module
 */

import { isAbsolute, join } from "node:path";
import { redactServerText } from "../../connection/settings/redact.ts";
import { readLines } from "../../runtime/read_lines.ts";
import type { FailedSubBatch } from "../status/read_failures.ts";
import { JOB_STATUS, toJobStatus } from "../state/state_machine.ts";
import {
  type ArchivedJob,
  parseArchiveLine,
  type StoredArchive,
} from "../archive/archive_format.ts";

/** An archive that could not be read. */
export interface UnreadableArchive {
  readonly archive: StoredArchive;
  readonly why: "not-kept" | "not-here" | "not-the-same";
}

/** Failures that were read from archives. */
export interface ArchivedFailures {
  /** The number of failures in all archives, including those that were not read. */
  readonly total: number;
  /** Ordered from newest to oldest. */
  readonly failures: readonly FailedSubBatch[];
  readonly unreadable: readonly UnreadableArchive[];
}

/**
 * Matches lines that may contain a failure. Most batches never failed, and their lines need no
 * parsing.
 */
const FAILED = new RegExp(`"next_status"\\s*:\\s*${JOB_STATUS.failed}\\b`);

/**
 * Reads archives where the janitor wrote them, or copies of the same names in a directory. An
 * archive whose SHA-256 differs from the recorded one is rejected.
 *
 * @param which.log Only the failure with this id.
 */
export async function readArchivedFailures(
  archives: readonly StoredArchive[],
  { directory, limit, log }: {
    readonly directory: string | undefined;
    readonly limit: number;
    readonly log?: string | undefined;
  },
): Promise<ArchivedFailures> {
  const all: FailedSubBatch[] = [];
  const unreadable: UnreadableArchive[] = [];
  for (const archive of archives) {
    if (archive.failures === 0) continue;
    if (archive.name === undefined || archive.place === undefined) {
      unreadable.push({ archive, why: "not-kept" });
      continue;
    }
    const found: FailedSubBatch[] = [];
    const path = directory === undefined ? archive.place : join(directory, archive.name);
    const sha256 = isAbsolute(path) || directory !== undefined
      ? await readLines(path, (line) => {
        if (!FAILED.test(line)) return;
        const parsed = parsedLine(line);
        if (parsed?.kind === "job") found.push(...failuresOf(parsed.job));
      })
      : undefined;
    if (sha256 === undefined) unreadable.push({ archive, why: "not-here" });
    else if (sha256 !== archive.sha256) unreadable.push({ archive, why: "not-the-same" });
    else all.push(...found.filter(({ id }) => log === undefined || id === log));
  }
  return {
    total: log === undefined
      ? archives.reduce((sum, { failures }) => sum + failures, 0)
      : all.length,
    failures: newestOf(all, limit),
    unreadable,
  };
}

/** Merges lists of failures, newest first. */
export function newestOf(
  failures: readonly FailedSubBatch[],
  limit: number,
): readonly FailedSubBatch[] {
  return failures.toSorted((a, b) => BigInt(a.id) < BigInt(b.id) ? 1 : -1).slice(0, limit);
}

/** Parses a line; undefined if it is malformed, which the digest reports at the end. */
function parsedLine(line: string) {
  try {
    return parseArchiveLine(line);
  } catch {
    return undefined;
  }
}

function failuresOf(job: ArchivedJob): readonly FailedSubBatch[] {
  return job.transitions.filter((one) => one.next_status === JOB_STATUS.failed)
    .map((one): FailedSubBatch => ({
      id: one.id,
      job: job.id,
      at: one.created_at,
      exceptionClass: one.exception_class ?? "",
      exceptionMessage: redactServerText(one.exception_message ?? ""),
      sqlstate: one.sqlstate ?? undefined,
      worker: one.worker ?? undefined,
      after: one.cursor ?? undefined,
      until: one.until_cursor ?? undefined,
      segment: job.segment,
      jobStatus: toJobStatus(job.status),
      attempts: job.attempts,
    }));
}
