// Pure.
/**
 * A mark identifies a migrator executable, also on a machine that cannot run it: `deno task
 * compile` puts it into the program, and `bundle/base_executable.ts` finds it in the file.
 *
 * @module
 */

/** The contents of a mark. */
export interface Mark {
  /** The target of the build: `linux-x64-musl`. */
  readonly target: string;
  /** The version of the program. */
  readonly version: string;
  /** The newest bundle format that the executable reads. */
  readonly format: number;
}

/**
 * The start of a mark. The program also contains it as a bare string, so what follows must match.
 */
export const MARK_START = "migrator executable <";

/** The most bytes that a mark can have. */
export const MARK_LENGTH = 128;

const MARK = new RegExp(`^${MARK_START}([a-z0-9-]+) ([A-Za-z0-9.+-]+) ([0-9]+)>`);

/** A mark as text: ASCII without quotes, so that every string literal holds the same bytes. */
export function writeMark({ target, version, format }: Mark): string {
  return `${MARK_START}${target} ${version} ${format}>`;
}

/** Parses the mark at the start of a text; undefined when there is none. */
export function readMark(text: string): Mark | undefined {
  const [, target, version, format] = MARK.exec(text) ?? [];
  return target && version && format ? { target, version, format: Number(format) } : undefined;
}
