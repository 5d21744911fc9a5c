// Pure.
/**
 * Reads tar archives as PGlite writes them: plain files and directories.
 *
 * @module
 */

/** One file, or a directory when it has no content. */
export interface TarEntry {
  /** Relative, without a slash at either end. */
  readonly name: string;
  readonly content: Uint8Array | undefined;
}

const BLOCK = 512;
const REGULAR = new Set(["0", ""]);
const DIRECTORY = "5";

/** The entries in order; `content` shares the archive's memory. Other kinds of entries are left out. */
export function* untar(archive: Uint8Array): Generator<TarEntry> {
  const decoder = new TextDecoder();
  for (let offset = 0; offset + BLOCK <= archive.length && archive[offset] !== 0;) {
    const header = offset;
    const field = (start: number, length: number) =>
      decoder.decode(archive.subarray(header + start, header + start + length)).split("\0")[0] ??
        "";
    const size = parseInt(field(124, 12), 8) || 0;
    const prefix = field(345, 155);
    const type = field(156, 1);
    const name = `${prefix === "" ? "" : `${prefix}/`}${field(0, 100)}`.replace(/^\/+|\/+$/g, "");
    const start = offset + BLOCK;
    if (REGULAR.has(type)) yield { name, content: archive.subarray(start, start + size) };
    else if (type === DIRECTORY) yield { name, content: undefined };
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}
