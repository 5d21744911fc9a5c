// Pure.
/**
 * Decodes the text of a migration file.
 *
 * @module
 */

import { Failure } from "../../failure.ts";

/** A byte order mark: PostgreSQL's grammar refuses it, and offsets must not count it. */
const BOM = "\uFEFF";

/**
 * Decodes UTF-8 and removes a byte order mark.
 *
 * @returns Undefined, after a report, for other encodings and for NUL characters.
 */
export function decodeText(
  bytes: Uint8Array,
  { path, report }: { readonly path: string; readonly report: (defect: Failure) => void },
): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    report(
      new Failure("definition/invalid-utf8", `${path} is not UTF-8.`, {
        hint: looksLikeUtf16(bytes)
          ? "It looks like UTF-16: save it again as UTF-8."
          : "Save it again as UTF-8.",
        place: { file: path, line: firstUndecodableLine(bytes) },
      }),
    );
    return undefined;
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) {
    report(
      new Failure("definition/nul", `${path} holds a NUL character, which PostgreSQL refuses.`, {
        hint: "Remove it; if the whole file is full of them it is UTF-16: save it again as UTF-8.",
        place: { file: path, line: linesBefore(bytes, nul) + 1 },
      }),
    );
    return undefined;
  }
  return text.startsWith(BOM) ? text.slice(BOM.length) : text;
}

const LF = 0x0a;

/**
 * The 1-based line. In UTF-8, LF is never part of a longer character, so each line can be decoded
 * alone.
 */
function firstUndecodableLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const end = bytes.indexOf(LF, start);
    const stop = end === -1 ? bytes.length : end;
    try {
      decoder.decode(bytes.subarray(start, stop));
    } catch {
      return line;
    }
    start = stop + 1;
  }
  return line;
}

function linesBefore(bytes: Uint8Array, offset: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at !== -1 && at < offset; at = bytes.indexOf(LF, at + 1)) {
    lines++;
  }
  return lines;
}

function looksLikeUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
