/**
 * Scripts that make a shell ask this program for completions.
 *
 * `NAME __complete -- WORD…` prints the kind of completion (`words`, `files`, `directories`), then
 * one word per line with a description after a tab. The scripts contain no list of commands, so new
 * commands need no new script. They run the program that the command line begins with, and evaluate
 * nothing that was typed.
 *
 * @module
 */

/** The supported shells. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = typeof SHELLS[number];

const SCRIPTS = {
  bash: () => import("./completion.bash", { with: { type: "text" } }),
  zsh: () => import("./completion.zsh", { with: { type: "text" } }),
  fish: () => import("./completion.fish", { with: { type: "text" } }),
} satisfies Record<Shell, () => Promise<{ readonly default: string }>>;

/**
 * @param called A name of the program besides `migrator`; ignored when a shell would have to quote
 * it.
 */
export async function completionScript(shell: Shell, called: string | undefined): Promise<string> {
  const { default: text } = await SCRIPTS[shell]();
  const isPlain = called !== undefined && called !== "migrator" && /^\w[\w.+-]*$/.test(called);
  return text.replaceAll("NAMES", isPlain ? `migrator ${called}` : "migrator");
}
