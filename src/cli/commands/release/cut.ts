/**
 * `release cut`
 *
 * @module
 */

import { type Command, InvalidArgumentError } from "commander";
import { Failure } from "../../../failure.ts";
import { clause } from "../../../format/clause.ts";
import { formatCount } from "../../../format/count.ts";
import { cutRelease, releaseBefore } from "../../../release/cut_release.ts";
import { manifestText } from "../../../release/release_manifest.ts";
import { isTag } from "../../../release/release_order.ts";
import { findRelease } from "../../../release/releases.ts";
import { readText } from "../../../runtime/files.ts";
import { replaceText } from "../../../runtime/replace_file.ts";
import { RELEASES_FOLDER } from "../../../source/release_files.ts";
import { releasesOf } from "../../../workspace/releases.ts";
import { findingsOf, printFindings, setsOf } from "../../apply/release_check.ts";
import type { GlobalOptions, Invocation } from "../../invocation/invocation.ts";
import { type StartInvocation, withExamples, withMigrations } from "../../invocation/options.ts";

interface CutOptions extends GlobalOptions {
  readonly after?: string;
  readonly from?: string;
  readonly stop?: boolean;
  readonly finish?: ReadonlyMap<string, string>;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Writes the manifest of a release. */
export function cutCommand(group: Command, begin: StartInvocation): void {
  const command = group.command("cut")
    .summary("write down what ships in a release")
    .description(
      "Writes releases/TAG.json beside the migrations, of all databases. It checks first what " +
        "`release check` checks, and writes nothing if there are findings. Commit the file with " +
        "the migrations. Cutting the same release again changes nothing.",
    )
    .argument("<tag>", "the release, such as v1.4.0", parseTag)
    .option(
      "--after <tag>",
      "the release that it follows (default: the one before it by the numbers in the tags)",
      parseTag,
    )
    .option("--from <tag>", "the oldest release that may upgrade to it (default: any)", parseTag)
    .option(
      "--stop",
      "a required stop: upgrades across it finish its batched migrations before they go on",
    )
    .option(
      "--finish <name=tag>",
      "the release that is to finalize a batched migration; may be repeated",
      parseFinish,
    )
    .option("--force", "write it in spite of findings, or over one with other contents")
    .option("--dry-run", "check and show, and write nothing");
  withExamples(
    withMigrations(command),
    "migrator release cut v1.4.0",
    "migrator release cut v2.0.0 --stop --from v1.0.0",
    "migrator release cut v1.4.0 --finish fill_countries=v1.6.0",
  )
    .action(async (tag: string, options: CutOptions) => await cut(begin(options), tag, options));
}

async function cut(invocation: Invocation, tag: string, options: CutOptions): Promise<void> {
  const { output } = invocation;
  const source = await invocation.source();
  if (source.directory === undefined) {
    throw new Failure("release/embedded", `The migrations are ${source.label}.`, {
      hint: `migrator release cut ${tag} --migrations DIR`,
    });
  }
  const releases = await releasesOf(invocation);
  const before = options.after === undefined
    ? releaseBefore(releases, tag)
    : findRelease(releases, options.after);
  const sets = await setsOf(invocation, source);
  const { after, from, stop = false, finish: finishBy = new Map<string, string>() } = options;
  const manifest = cutRelease(sets, { request: { tag, after, from, stop, finishBy }, before });
  const others = releases.filter(({ release }) => release !== tag);
  const findings = await findingsOf(manifest, { releases: [...others, manifest], sets });
  printFindings(invocation, findings);
  if (findings.length > 0 && !options.force) {
    throw new Failure(
      "release/findings",
      `Release ${tag} was not cut: ${formatCount(findings.length, "finding")}.`,
      { hint: "Mend what was found, then cut it again.", facts: { release: tag } },
    );
  }
  const file = `${source.directory}/${RELEASES_FOLDER}/${tag}.json`;
  const state = await write(file, { text: manifestText(manifest), tag, options });
  const total = sets.reduce((sum, { definitions }) => sum + definitions.length, 0);
  output.print(`${file}: ${formatCount(total, "migration")}, ${state}`);
  output.finished({ release: tag, file, state, findings: findings.length });
}

/** @throws {Failure} `release/exists`, `usage/system`. */
async function write(
  file: string,
  { text, tag, options: { force, dryRun } }: {
    readonly text: string;
    readonly tag: string;
    readonly options: CutOptions;
  },
): Promise<string> {
  const there = await readText(file);
  if (there === text) return "up to date";
  if (there !== undefined && !force) {
    throw new Failure(
      "release/exists",
      `Release ${tag} was cut before, and the migrations are not what ${file} says.`,
      {
        hint: "If it has shipped, cut the next one. If not, write it anew: " +
          `migrator release cut ${tag} --force`,
        place: { file },
      },
    );
  }
  if (dryRun) return "not written";
  try {
    await replaceText(file, text);
  } catch (cause) {
    throw new Failure(
      "usage/system",
      `Could not write ${file}: ${clause((cause as Error).message)}.`,
      { hint: "Check that you may write there.", cause },
    );
  }
  return "written";
}

function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new InvalidArgumentError(
    "a tag has letters, digits and any of . _ + -, such as v1.4.0.",
  );
}

function parseFinish(
  text: string,
  before: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const [, name, tag] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && tag !== undefined && isTag(tag)) return new Map(before).set(name, tag);
  throw new InvalidArgumentError("write NAME=TAG, such as fill_countries=v1.6.0.");
}
