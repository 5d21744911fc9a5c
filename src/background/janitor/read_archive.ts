/**
 * What was refused before it was folded, read from the archives that can be reached.
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

/** What archives say. */
export interface ArchivedFailures {
  /** Of all that were asked for, also in archives that were not read. */
  readonly total: number;
  /** The newest first. */
  readonly failures: readonly FailedSubBatch[];
  readonly unreadable: readonly UnreadableArchive[];
}

/** Whether a line can be of interest: most batches never failed, and need not be parsed. */
const FAILED = new RegExp(`"next_status"\\s*:\\s*${JOB_STATUS.failed}\\b`);

/**
 * Looks where the janitor has put them, or in a directory that has copies by their names. One that is
 * not what was written, by its SHA-256, is not believed.
 *
 * @param which.log Only that one.
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

/** Several lists as one, the newest first. */
export function newestOf(
  failures: readonly FailedSubBatch[],
  limit: number,
): readonly FailedSubBatch[] {
  return failures.toSorted((a, b) => BigInt(a.id) < BigInt(b.id) ? 1 : -1).slice(0, limit);
}

/** Undefined for what somebody else has written: its digest says so in the end. */
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
