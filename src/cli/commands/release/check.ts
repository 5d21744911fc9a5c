/**
 * `release check`
 *
 * @module
 */

import type { Command } from "commander";
import { EXIT, Failure } from "../../../failure.ts";
import { formatCount } from "../../../format/count.ts";
import { cutRelease } from "../../../release/cut_release.ts";
import type { ReleaseManifest } from "../../../release/release_manifest.ts";
import {
  type FindingKind,
  type ReleaseFinding,
  releaseFindings,
} from "../../../release/release_findings.ts";
import { findRelease } from "../../../release/releases.ts";
import { releasesOf } from "../../../workspace/releases.ts";
import { findingsOf, printFindings, setsOf } from "../../apply/release_check.ts";
import type { GlobalOptions, Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withMigrations } from "../../invocation/options.ts";

interface CheckOptions extends GlobalOptions {
  readonly fromRef?: string;
  readonly toRef?: string;
}

/** Checks what must not ship. */
export function checkCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("check")
    .summary("find what must not ship")
    .description(
      "Compares each release with the one before it, and the migrations at hand with the newest " +
        "release: migrations that shipped and were edited, got other parents or are gone; batched " +
        "migrations that nobody finalizes; and in a patch release, what drops something or waits " +
        "for a batched migration. With --from-ref it compares two revisions of git, for teams that " +
        "cut no releases. Exits with 1 if it finds something.",
    )
    .argument("[tag]", "only this release")
    .option("--from-ref <revision>", "compare this revision of git ...")
    .option("--to-ref <revision>", "... with this one (default: the files as they are)");
  withExamples(
    withMigrations(command),
    "migrator release check",
    "migrator release check v1.4.1",
    "migrator release check --from-ref v1.4.0 --to-ref HEAD",
  )
    .action(async (tag: string | undefined, options: CheckOptions) => {
      const invocation = begin(options);
      const { checked, findings } = await checkReleases(invocation, tag, options);
      if (findings > 0) invocation.exitWith(EXIT.finding);
      invocation.output.finished({ checked, findings });
    });
}

/** Checks one release or all, and prints what is found. @throws {Failure} `release/*`, `usage/*`. */
export async function checkReleases(
  invocation: Invocation,
  tag: string | undefined,
  options: Pick<CheckOptions, "fromRef" | "toRef">,
): Promise<{ readonly checked: readonly string[]; readonly findings: number }> {
  const { checked, findings } = await find(invocation, tag, options);
  printFindings(invocation, findings);
  const { length } = findings;
  const found = length === 0 ? "nothing found" : formatCount(length, "finding");
  invocation.output.print(`checked ${checked.join(", ")}: ${found}`);
  return { checked, findings: length };
}

interface Checked {
  /** Tags, or revisions. */
  readonly checked: readonly string[];
  readonly findings: readonly ReleaseFinding[];
}

async function find(
  invocation: Invocation,
  tag: string | undefined,
  options: CheckOptions,
): Promise<Checked> {
  if (options.fromRef !== undefined) return await compareRevisions(invocation, options);
  if (options.toRef !== undefined) {
    throw new Failure("usage/missing-option", "--to-ref needs --from-ref.", {
      hint: `migrator release check --from-ref REVISION --to-ref ${options.toRef}`,
    });
  }
  const releases = await releasesOf(invocation);
  const sets = await setsOf(invocation, await invocation.source());
  const wanted = tag === undefined ? releases : [findRelease(releases, tag)];
  const findings = await Promise.all(
    wanted.map((manifest) => findingsOf(manifest, { releases, sets })),
  );
  const tags = wanted.map(({ release }) => release);
  const newest = releases.at(-1);
  if (tag !== undefined || newest === undefined) {
    return { checked: tags, findings: findings.flat() };
  }
  const later = releaseFindings(atHand(sets, newest), releases)
    .filter(({ kind }) => CHANGED.includes(kind));
  return { checked: [...tags, FILES], findings: [...findings.flat(), ...later] };
}

/** What may not happen to files that shipped; the rest depends on what the next release is called. */
const CHANGED: readonly FindingKind[] = ["edited", "other-parents", "removed"];

/** What `checked` calls the migrations that are not released yet. */
const FILES = "the files";

/** The files, as a release after the newest one. */
function atHand(sets: Parameters<typeof cutRelease>[0], newest: ReleaseManifest): ReleaseManifest {
  const request = {
    tag: FILES,
    after: newest.release,
    from: newest.from,
    stop: false,
    finishBy: new Map<string, string>(),
  };
  return cutRelease(sets, { request, before: newest });
}

async function compareRevisions(
  invocation: Invocation,
  { fromRef, toRef }: CheckOptions,
): Promise<Checked> {
  const { openRevisionOf } = await import("../../../workspace/open_revision_of.ts");
  const { signal } = invocation;
  const open = (revision: string) => openRevisionOf(invocation, { revision, signal });
  const former = await open(fromRef!);
  const later = toRef === undefined ? undefined : await open(toRef);
  try {
    const source = later?.source ?? await invocation.source();
    const about = { from: undefined, stop: false, finishBy: new Map<string, string>() };
    const before = cutRelease(await setsOf(invocation, former.source), {
      request: { ...about, tag: fromRef!, after: undefined },
      before: undefined,
    });
    const sets = await setsOf(invocation, source);
    const after = cutRelease(sets, {
      request: { ...about, tag: toRef ?? FILES, after: fromRef },
      before,
    });
    const findings = await findingsOf(after, { releases: [before, after], sets });
    return {
      checked: [fromRef!, toRef ?? FILES],
      // What is not released yet may still finalize.
      findings: findings.filter(({ kind }) => toRef !== undefined || kind !== "not-finalized"),
    };
  } finally {
    await former.dispose();
    await later?.dispose();
  }
}
