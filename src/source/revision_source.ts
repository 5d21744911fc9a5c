/**
 * Reads migrations as they were at a revision of git.
 *
 * @module
 */

import * as path from "node:path";
import { Failure } from "../failure.ts";
import { clause } from "../format/clause.ts";
import { redactText } from "../connection/settings/redact.ts";
import { createFile, createParents, remove, temporaryDirectory } from "../runtime/files.ts";
import { runProgram } from "../runtime/run_program.ts";
import { openDirectory } from "./disk.ts";
import type { LayoutReading } from "../definition/layouts/layout.ts";
import type { Source } from "./source.ts";

/** Migrations of a revision, in a folder that is removed by `dispose`. */
export interface RevisionSource {
  readonly source: Source;
  dispose(): Promise<void>;
}

/**
 * Opens the migrations of a directory as they were at a revision.
 *
 * @param options.directory A directory inside a repository, which need not be its top.
 * @param options.revision Anything that git resolves to a commit: a tag, a branch, a hash.
 * @throws {Failure} `release/git`, and what `openDirectory` throws.
 */
export async function openRevision(
  { directory, revision, readingOf, signal }: {
    readonly directory: string;
    readonly revision: string;
    readonly readingOf: (database: string) => LayoutReading;
    readonly signal: AbortSignal;
  },
): Promise<RevisionSource> {
  const git = askGit(directory, { revision, signal });
  // "--end-of-options" keeps a revision that begins with a dash from being an option.
  const commit = (await git(["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`]))
    .text.trim();
  const entries = treeEntries((await git(["ls-tree", "-r", "-z", commit, "--", "."])).text);
  // Symbolic links and submodules are left out; git has no such path, but a forged tree may.
  const files = entries.filter(({ mode, file }) =>
    mode.startsWith("100") && !file.split("/").includes("..")
  );
  const hashes = files.map(({ hash }) => `${hash}\n`).join("");
  const contents = blobs((await git(["cat-file", "--batch"], hashes)).bytes);
  const folder = await temporaryDirectory("migrator-revision-");
  try {
    // A single database is called by its directory's name.
    const root = path.join(folder, path.basename(path.resolve(directory)));
    for (const [index, { file }] of files.entries()) {
      const target = path.join(root, file);
      await createParents(target);
      await createFile(target, contents[index]!);
    }
    if (files.length === 0) {
      throw new Failure("release/git", `${revision} has no files in ${redactText(directory)}.`, {
        hint: `See what it has: git ls-tree -r ${commit} -- ${directory}`,
      });
    }
    return {
      source: {
        ...await openDirectory(root, readingOf),
        label: `directory ${redactText(directory)} at ${revision}`,
      },
      dispose: () => remove(folder),
    };
  } catch (error) {
    await remove(folder);
    throw error;
  }
}

type AskGit = (
  parameters: readonly string[],
  stdin?: string,
) => Promise<{ readonly text: string; readonly bytes: Uint8Array }>;

function askGit(
  directory: string,
  { revision, signal }: { readonly revision: string; readonly signal: AbortSignal },
): AskGit {
  return async (parameters, stdin = "") => {
    const end = await runProgram(["git", "-C", directory, ...parameters], {
      cwd: ".",
      signal,
      stdin,
    });
    signal.throwIfAborted();
    if (end.isMissing) {
      throw new Failure("release/git", "There is no program git on this machine's PATH.", {
        hint: "Install it. Releases that were cut can be read without it: migrator release list",
      });
    }
    if (end.status !== 0) {
      const said = clause(end.stderr.trim().split("\n")[0] ?? "");
      throw new Failure(
        "release/git",
        `The revision ${revision} of ${redactText(directory)} cannot be read: git ${
          parameters[0]
        } says: ${said}.`,
        {
          hint:
            "Look whether git knows the revision (git tag, git branch --all), and whether the " +
            "directory is in a repository. A shallow clone in CI may lack it: git fetch --tags origin",
        },
      );
    }
    return { text: end.stdout.toString("utf8"), bytes: end.stdout };
  };
}

interface TreeFile {
  readonly mode: string;
  readonly hash: string;
  /** Relative to the directory. */
  readonly file: string;
}

/** `100644 blob <hash>\t<file>\0` each. */
function treeEntries(text: string): readonly TreeFile[] {
  return text.split("\0").filter(Boolean).map((entry) => {
    const tab = entry.indexOf("\t");
    const [mode = "", , hash = ""] = entry.slice(0, tab).split(" ");
    return { mode, hash, file: entry.slice(tab + 1) };
  });
}

/** `<hash> blob <length>\n<bytes>\n` each. */
function blobs(output: Uint8Array): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  const decoder = new TextDecoder();
  for (let offset = 0; offset < output.length;) {
    const end = output.indexOf(0x0a, offset);
    const length = Number(decoder.decode(output.subarray(offset, end)).split(" ")[2]);
    found.push(output.subarray(end + 1, end + 1 + length));
    offset = end + 1 + length + 1;
  }
  return found;
}
