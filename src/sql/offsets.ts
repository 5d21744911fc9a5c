// Pure.
/**
 * Converts between three kinds of offsets: UTF-16 units (used here), UTF-8 bytes (the parser's
 * statements) and code points (error positions of the parser and the server).
 *
 * @module
 */

/**
 * Converts ascending UTF-8 byte offsets to UTF-16 offsets, reading the text once.
 *
 * @returns A function that must be called with ascending offsets.
 */
export function byteOffsets(text: string): (bytes: number) => number {
  let units = 0;
  let bytes = 0;
  return (wanted) => {
    while (bytes < wanted && units < text.length) {
      const code = text.charCodeAt(units);
      if (isLeadSurrogate(code)) {
        bytes += 4;
        units += 2;
      } else {
        bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
        units += 1;
      }
    }
    return units;
  };
}

/** The UTF-16 offset of the code point with this 0-based index. */
export function codePointOffset(text: string, codePoints: number): number {
  let units = 0;
  for (let seen = 0; seen < codePoints && units < text.length; seen++) {
    units += isLeadSurrogate(text.charCodeAt(units)) ? 2 : 1;
  }
  return units;
}

/** The number of code points of a text. */
export function codePointCount(text: string): number {
  let count = 0;
  for (let units = 0; units < text.length; count++) {
    units += isLeadSurrogate(text.charCodeAt(units)) ? 2 : 1;
  }
  return count;
}

/** The 1-based line and column of a UTF-16 offset. Columns count code points; lines end in LF. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  let column = 1;
  for (let at = start; at < offset; column++) {
    at += isLeadSurrogate(text.charCodeAt(at)) ? 2 : 1;
  }
  return { line, column };
}

function isLeadSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}
