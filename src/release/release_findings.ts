// Pure.
/**
 * Compares a release with the one that it was cut after.
 *
 * @module
 */

import type { ReleaseManifest, ShippedDatabase, ShippedMigration } from "./release_manifest.ts";
import { compareTags, isPatchOf } from "./release_order.ts";

/** What is wrong with a release. */
export type FindingKind =
  /** A migration that shipped has other statements now. */
  | "edited"
  /** A migration that shipped has other parents now. */
  | "other-parents"
  /** A migration that shipped is gone, and one may still come from a release that has it. */
  | "removed"
  /** A batched migration is not finalized although its time has come. */
  | "not-finalized"
  /** A patch release finalizes or deletes a batched migration. */
  | "patch-finalizes"
  /** A patch release destroys what the release that it mends may still use. */
  | "patch-destroys"
  /** A release names another that is not at hand. */
  | "unknown-release";

/** A finding, in sentences. */
export interface ReleaseFinding {
  readonly kind: FindingKind;
  readonly release: string;
  /** Undefined for what is about the release as a whole. */
  readonly database: string | undefined;
  readonly version: bigint | undefined;
  readonly message: string;
  readonly hint: string;
}

/**
 * The findings about one release, apart from what its scripts do.
 *
 * @param releases All that are at hand, this one included.
 */
export function releaseFindings(
  manifest: ReleaseManifest,
  releases: readonly ReleaseManifest[],
): readonly ReleaseFinding[] {
  const { release, after, from, databases } = manifest;
  const find = (tag: string | undefined) => releases.find((one) => one.release === tag);
  const findings: ReleaseFinding[] = [];
  for (const tag of [after, from]) {
    if (tag === undefined || find(tag) !== undefined) continue;
    findings.push({
      kind: "unknown-release",
      release,
      database: undefined,
      version: undefined,
      message: `Release ${release} names the release ${tag}, which is not at hand.`,
      hint: "Take its manifest from version control, or cut it at its revision.",
    });
  }
  const before = find(after);
  for (const [database, shipped] of databases) {
    const about: About = { release, database };
    const former = before?.databases.get(database);
    if (former !== undefined) {
      findings.push(
        ...comparedFindings(shipped, {
          former,
          oldest: find(from)?.databases.get(database),
          about,
        }),
        ...(isPatchOf(release, before!.release)
          ? patchFindings(shipped, { former, about })
          : openFindings(shipped, { former, about })),
      );
    }
  }
  return findings;
}

interface About {
  readonly release: string;
  readonly database: string;
}

/** The versions of a database that a release adds to the one before it. */
export function newVersions(
  { migrations }: ShippedDatabase,
  former: ShippedDatabase | undefined,
): readonly bigint[] {
  return [...migrations.keys()].filter((version) => former?.migrations.get(version) === undefined);
}

function comparedFindings(
  shipped: ShippedDatabase,
  { former, oldest, about }: {
    readonly former: ShippedDatabase;
    readonly oldest: ShippedDatabase | undefined;
    readonly about: About;
  },
): readonly ReleaseFinding[] {
  const findings: ReleaseFinding[] = [];
  // Who may come to this release has applied all that the oldest one had.
  const isSquashed = (version: bigint) =>
    oldest !== undefined &&
    (oldest.migrations.has(version) || oldest.squashed.includes(version));
  for (const [version, was] of former.migrations) {
    const now = shipped.migrations.get(version);
    const label = `Migration ${version} (${was.name}) of "${about.database}"`;
    const add = (kind: FindingKind, message: string, hint: string) =>
      findings.push({ kind, ...about, version, message: `${label} ${message}.`, hint });
    if (now === undefined) {
      if (isSquashed(version)) continue;
      add(
        "removed",
        "shipped before and is gone, so that databases which lack it never get it",
        "Put it back. If a squash replaces it, say from which release on one may come: " +
          `migrator release cut ${about.release} --from TAG`,
      );
      continue;
    }
    if (isSquash(was, { now, shipped })) continue;
    if (now.checksum !== was.checksum) {
      add(
        "edited",
        "shipped before and was edited; databases that have applied it keep what ran there",
        "Restore it, and write a new migration.",
      );
    }
    if (now.parents.join() !== was.parents.join()) {
      add(
        "other-parents",
        `shipped with the parents ${list(was.parents)} and has ${list(now.parents)} now`,
        "Restore them. To join two lines, write a new migration with both as its parents.",
      );
    }
  }
  return findings;
}

/** Whether a migration stands for others that are gone: it has lost parents. */
function isSquash(
  was: ShippedMigration,
  { now, shipped }: { readonly now: ShippedMigration; readonly shipped: ShippedDatabase },
): boolean {
  const lost = was.parents.filter((parent) => !shipped.migrations.has(parent));
  return lost.length > 0 && lost.every((parent) => !now.parents.includes(parent));
}

function list(versions: readonly bigint[]): string {
  return versions.length === 0 ? "(none)" : versions.join(", ");
}

/** In a patch release: clean-ups wait for a release that may stop the former one. */
function patchFindings(
  shipped: ShippedDatabase,
  { former, about }: { readonly former: ShippedDatabase; readonly about: About },
): readonly ReleaseFinding[] {
  return [...shipped.batched].flatMap(([name, { finalizedBy }]) =>
    finalizedBy === undefined || former.migrations.has(finalizedBy) ? [] : [{
      kind: "patch-finalizes" as const,
      ...about,
      version: finalizedBy,
      message: `Migration ${finalizedBy} of "${about.database}" finalizes the batched migration ` +
        `${name}, and a patch release must install without waiting for it.`,
      hint: "Move that migration to the next minor release.",
    }]
  );
}

/** After the release that queues it, each batched migration is to be finalized. */
function openFindings(
  shipped: ShippedDatabase,
  { former, about }: { readonly former: ShippedDatabase; readonly about: About },
): readonly ReleaseFinding[] {
  return [...shipped.batched].flatMap(([name, { queuedBy, finalizedBy, finishBy }]) => {
    const isDue = finishBy === undefined
      ? former.migrations.has(queuedBy)
      : compareTags(about.release, finishBy) >= 0;
    if (finalizedBy !== undefined || !isDue) return [];
    return [{
      kind: "not-finalized" as const,
      ...about,
      version: queuedBy,
      message: `Nothing finalizes the batched migration ${name} of "${about.database}", which ` +
        `${queuedBy} queued in an earlier release${
          finishBy === undefined ? "" : ` and ${finishBy} was to finalize`
        }.`,
      hint: `Write a migration with \`finalizes: [${name}]\`, or name a later release: ` +
        `migrator release cut ${about.release} --finish ${name}=TAG`,
    }];
  });
}
