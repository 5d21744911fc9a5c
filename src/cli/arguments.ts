// Pure.
/**
 * Old habits of typing.
 *
 * @module
 */

/**
 * Lets long options be written with one dash, as Go programs take them: `-db=frontend`, `-target 12`.
 *
 * @param known Long options with their dashes: `--db`.
 */
export function normaliseArguments(args: readonly string[], known: ReadonlySet<string>): string[] {
  const end = args.indexOf("--");
  return args.map((arg, index) => {
    if (end !== -1 && index >= end) return arg;
    const [name] = arg.split("=", 1);
    const isLongWithOneDash = /^-[a-z][a-z-]+$/.test(name ?? "") && known.has(`-${name}`);
    return isLongWithOneDash ? `-${arg}` : arg;
  });
}
