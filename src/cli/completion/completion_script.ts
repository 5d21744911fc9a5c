/**
 * What makes a shell ask this program for words.
 *
 * `NAME __complete -- WORD…` is answered with the kind of what is wanted (`words`, `files`,
 * `directories`), then a word on each line, with what it does behind a tab. The scripts hold no list
 * of commands, so that they need not change when the program does. They run the program that stands
 * at the beginning of the line, and evaluate nothing that was typed.
 *
 * @module
 */

/** Shells that can be told. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = typeof SHELLS[number];

const SCRIPTS = {
  bash: () => import("./completion.bash", { with: { type: "text" } }),
  zsh: () => import("./completion.zsh", { with: { type: "text" } }),
  fish: () => import("./completion.fish", { with: { type: "text" } }),
} satisfies Record<Shell, () => Promise<{ readonly default: string }>>;

/**
 * @param called What the program is called besides `migrator`; a name that a shell would have to
 * quote is left out.
 */
export async function completionScript(shell: Shell, called: string | undefined): Promise<string> {
  const { default: text } = await SCRIPTS[shell]();
  const isPlain = called !== undefined && called !== "migrator" && /^\w[\w.+-]*$/.test(called);
  return text.replaceAll("NAMES", isPlain ? `migrator ${called}` : "migrator");
}
