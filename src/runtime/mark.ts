// Pure.
/**
 * The words by which an executable of ours is known, also to a machine that cannot run it:
 * `deno task compile` puts them into the program, and they are found in the file.
 *
 * @module
 */

/** What an executable says of itself. */
export interface Mark {
  /** What it was built for: `linux-x64-musl`. */
  readonly target: string;
  /** The version of the program. */
  readonly version: string;
  /** The newest format of bundles that it reads. */
  readonly format: number;
}

/** How a mark begins. The program holds this by itself, too, so what follows decides. */
export const MARK_START = "migrator executable <";

/** No mark is longer. */
export const MARK_LENGTH = 128;

const MARK = new RegExp(`^${MARK_START}([a-z0-9-]+) ([A-Za-z0-9.+-]+) ([0-9]+)>`);

/** A mark as text: ASCII without quotes, so that it is the same bytes in every string literal. */
export function writeMark({ target, version, format }: Mark): string {
  return `${MARK_START}${target} ${version} ${format}>`;
}

/** The mark that a text begins with. */
export function readMark(text: string): Mark | undefined {
  const [, target, version, format] = MARK.exec(text) ?? [];
  return target && version && format ? { target, version, format: Number(format) } : undefined;
}
