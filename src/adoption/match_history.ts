// Pure.
/**
 * Matches the history of another tool with the definitions.
 *
 * @module
 */

import type { Definition } from "../definition/migration/definition.ts";
import type { ForeignEntry, ForeignHistory } from "./foreign_tool.ts";

/** A migration that the other tool has applied. */
export interface AppliedThere {
  readonly definition: Definition;
  /** Undefined if it counts as applied because of a baseline or of a later version. */
  readonly entry: ForeignEntry | undefined;
  /** The checksum in the history differs from that of the file. */
  readonly isEdited: boolean;
}

/** A migration that a person must check first. */
export interface Unsettled {
  readonly definition: Definition;
  readonly entry: ForeignEntry;
}

/** The result of the match. */
export interface HistoryMatch {
  /** In the order of the migrations. */
  readonly applied: readonly AppliedThere[];
  /** Failed or unfinished there. */
  readonly unsettled: readonly Unsettled[];
  /** Entries of the table without a definition. */
  readonly missing: readonly ForeignEntry[];
  readonly pending: readonly Definition[];
  /** Pending migrations before applied ones. */
  readonly skipped: readonly Definition[];
}

/** @param definitions In the order in which they run. */
export function matchHistory(
  definitions: readonly Definition[],
  { records, entries, baseline }: ForeignHistory,
): HistoryMatch {
  const byKey = new Map<string, ForeignEntry>();
  const byChecksum = new Map<string, ForeignEntry>();
  for (const entry of entries) {
    byKey.set(normalized(entry.key), entry);
    if (entry.checksum !== undefined) byChecksum.set(entry.checksum, entry);
  }
  const newest = records === "newest" ? entries[0] : undefined;
  const matched = new Set<ForeignEntry>();
  const applied: AppliedThere[] = [];
  const unsettled: Unsettled[] = [];
  const pending: Definition[] = [];
  for (const definition of definitions) {
    const key = keyOf(definition);
    const checksum = definition.origin?.checksum;
    const entry = byKey.get(normalized(key)) ??
      (checksum === undefined ? undefined : byChecksum.get(checksum));
    if (entry !== undefined) matched.add(entry);
    if (entry !== undefined && entry.state !== "applied") unsettled.push({ definition, entry });
    else if (entry !== undefined || isBefore(key, newest?.key) || isBefore(key, baseline)) {
      const isEdited = entry?.checksum !== undefined && checksum !== undefined &&
        entry.checksum !== checksum;
      applied.push({ definition, entry, isEdited });
    } else pending.push(definition);
  }
  const last = definitions.indexOf(applied.at(-1)?.definition ?? definitions[0]!);
  return {
    applied,
    unsettled,
    missing: entries.filter((entry) => !matched.has(entry)),
    pending,
    skipped: pending.filter((definition) => definitions.indexOf(definition) < last),
  };
}

/** The identifiers of a migration in the tool of its layout. */
export function keyOf({ version, origin }: Definition): string {
  return origin?.key ?? String(version);
}

/** Leading zeros do not count, nor do zeros at the end of a version with several parts. */
function normalized(key: string): string {
  if (!/^[0-9]+([._][0-9]+)*$/.test(key)) return key;
  return key.split(/[._]/).map((part) => String(BigInt(part))).join(".").replace(/(\.0)+$/, "");
}

/** Whether a key is less than or equal to another; numeric versions are compared part by part. */
function isBefore(key: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  const [left, right] = [key, other].map((one) => normalized(one).split("."));
  for (let at = 0; at < Math.max(left!.length, right!.length); at++) {
    const [a = "0", b = "0"] = [left![at], right![at]];
    if (a === b) continue;
    const areNumbers = /^[0-9]+$/.test(a) && /^[0-9]+$/.test(b);
    return areNumbers ? BigInt(a) < BigInt(b) : a < b;
  }
  return true;
}
