/**
 * The files of a directory as git has them at a revision.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../failure.ts";
import { runProgram } from "../runtime/run_program.ts";

/** A revision's files. */
export interface GitRevision {
  /** Whether the revision has a file. The path is relative to the directory. */
  has(path: string): boolean;
  /** The file at the revision, if it has one of other bytes than these; undefined otherwise. */
  differing(path: string, bytes: Uint8Array): Promise<Uint8Array | undefined>;
}

/**
 * Lists the files of a revision.
 *
 * @param directory In a work tree of git.
 * @throws {Failure} `usage/unknown-revision`.
 */
export async function openGitRevision(
  directory: string,
  { revision, signal, option = "--since" }: {
    readonly revision: string;
    readonly signal: AbortSignal;
    /** What named the revision, for messages. */
    readonly option?: string | undefined;
  },
): Promise<GitRevision> {
  const git = (...words: readonly string[]) =>
    runProgram(["git", ...words], { cwd: directory, signal });
  const { status, stdout, stderr } = await git(
    ...["ls-tree", "-r", "-z", "--end-of-options", revision, "."],
  );
  signal.throwIfAborted();
  if (status !== 0) {
    const reason = status === undefined ? "git could not be started" : stderr.trim().split("\n")[0];
    throw new Failure(
      "usage/unknown-revision",
      `${option} ${revision} is no version of a migration, and no revision that git knows: ${reason}.`,
      {
        hint: "See the versions there are: migrator graph. In CI, fetch the branch first: " +
          "git fetch origin main",
      },
    );
  }
  const hashes = new Map(
    stdout.toString("utf8").split("\0").filter(Boolean).map((line) => {
      const [facts = "", path = ""] = line.split("\t");
      return [path, facts.split(" ")[2] ?? ""] as const;
    }),
  );
  return {
    has: (path) => hashes.has(path),
    async differing(path, bytes) {
      const hash = hashes.get(path);
      if (hash === undefined || hash === blobHash(bytes, hash.length)) return undefined;
      const blob = await git("cat-file", "blob", hash);
      return blob.status === 0 ? blob.stdout : undefined;
    },
  };
}

/** What git calls a file of these bytes: SHA-1 has 40 digits, SHA-256 64. */
function blobHash(bytes: Uint8Array, digits: number): string {
  const hash = createHash(digits === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
