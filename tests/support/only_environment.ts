/**
 * Programs that see no variables but those that they are given.
 *
 * @module
 */

/**
 * The words that start a program with these variables and no others. Deno's `spawnSync` and `execFileSync`
 * give a program all variables of this process besides; `spawn` does not.
 */
export function withOnly(
  env: Readonly<Record<string, string | undefined>>,
  [program, ...args]: readonly [string, ...string[]],
): [program: "env", args: string[]] {
  const variables = Object.entries(env).filter(([, value]) => value !== undefined);
  return ["env", ["-i", ...variables.map(([name, value]) => `${name}=${value}`), program, ...args]];
}
