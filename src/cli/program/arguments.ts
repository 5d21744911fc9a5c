// Pure.
/**
 * Accepts the argument styles of other programs.
 *
 * @module
 */

/** Long options with their dashes, and whether each takes a value. */
export type KnownOptions = ReadonlyMap<string, { readonly takesValue: boolean }>;

/**
 * Rewrites arguments for the parser: long options with one dash, as Go programs accept them
 * (`-db=frontend`, `-target 12`), and options before the command.
 */
export function normaliseArguments(args: readonly string[], known: KnownOptions): string[] {
  const end = args.indexOf("--");
  const own = args.slice(0, end === -1 ? args.length : end).map((arg) => {
    const isLong = /^-[a-z][a-z-]+$/.test(nameOf(arg)) && known.has(`-${nameOf(arg)}`);
    return isLong ? `-${arg}` : arg;
  });
  let command = 0;
  while (command < own.length && known.has(nameOf(own[command]!))) {
    const arg = own[command]!;
    command += known.get(nameOf(arg))!.takesValue && !arg.includes("=") ? 2 : 1;
  }
  const rest = end === -1 ? [] : args.slice(end);
  if (command >= own.length) return [...own, ...rest];
  // A command may have two words; an option between them would belong to the first.
  let words = command;
  while (words < own.length && !own[words]!.startsWith("-")) words++;
  words = Math.max(words, command + 1);
  return [...own.slice(command, words), ...own.slice(0, command), ...own.slice(words), ...rest];
}

/** Whether every word that looks like an option is known, with one dash or two. */
export function knowsOptions(args: readonly string[], known: KnownOptions): boolean {
  const end = args.indexOf("--");
  return args.slice(0, end === -1 ? args.length : end).filter((arg) => arg.startsWith("-"))
    .every((arg) => known.has(nameOf(arg)) || known.has(`-${nameOf(arg)}`));
}

function nameOf(arg: string): string {
  return arg.split("=", 1)[0]!;
}
