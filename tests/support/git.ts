import { execFileSync } from "node:child_process";

/** Makes a directory the top of a repository, and returns what runs git there. */
export function initGit(directory: string): (...words: readonly string[]) => string {
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...words], {
      cwd: directory,
      encoding: "utf8",
    });
  git("init", "-q");
  return git;
}
