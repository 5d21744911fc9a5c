// Pure.
/**
 * As much of a shell's grammar as the documentation uses.
 *
 * @module
 */

/** One command: `A=1 migrator up > file` without variables and redirections. */
export type SimpleCommand = readonly [program: string, ...args: string[]];

const TOKEN =
  /\\\n|(?<space>\s+)|(?<comment>#[^\n]*)|(?<redirect>\d?>>?&?\d?|<\(|\))|(?<end>;|&&|\|\|?)|(?<word>(?:[^\s"'#;|&<>()\\]|(?<=\S)#|\\.|"(?:[^"\\]|\\.)*"|'[^']*'|\$\([^)]*\))+)/gy;

/**
 * The simple commands of a script, in order. Pipes, lists, redirections and process substitution are
 * understood; loops are not.
 *
 * @throws {Error} When something else is met.
 */
export function simpleCommands(script: string): readonly SimpleCommand[] {
  const commands: string[][] = [[]];
  let redirects = false;
  let at = 0;
  while (at < script.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(script);
    if (match === null) throw new Error(`No shell grammar for: ${script.slice(at, at + 40)}`);
    at = TOKEN.lastIndex;
    const { space, redirect, end, word } = match.groups!;
    if (end !== undefined || space?.includes("\n") || redirect === "<(" || redirect === ")") {
      commands.push([]);
    } else if (redirect !== undefined) {
      redirects = !redirect.includes("&");
    } else if (word !== undefined) {
      if (redirects) redirects = false;
      else commands.at(-1)!.push(unquoted(word));
    }
  }
  return commands.map(withoutVariables).filter((words) => words.length > 0) as [string][];
}

function unquoted(word: string): string {
  return word.replaceAll(
    /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
    (_, double, single, escaped) => double?.replaceAll(/\\(.)/g, "$1") ?? single ?? escaped,
  );
}

function withoutVariables(words: readonly string[]): readonly string[] {
  const program = words.findIndex((word) => !/^[A-Z_][A-Z0-9_]*=/.test(word));
  return program === -1 ? [] : words.slice(program);
}
