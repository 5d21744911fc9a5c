// Pure.
/**
 * Text from outside, made fit for a terminal: migration names, messages of a server, role names and
 * queries of other sessions, file names, values of settings.
 *
 * @module
 */

/**
 * What a terminal may take for a command, or what changes the order in which text is read: C0, DEL and
 * C1 (ECMA-48), line and paragraph separators, and the bidirectional controls of Unicode's UAX #9.
 */
export const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** The text with each control shown by its number: `\x1B`, `\u202E`. Line ends and tabs are controls. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (control) => {
    const code = control.codePointAt(0)!.toString(16).toUpperCase();
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * A text of several lines, of which only the first can pass for a line of ours: the others begin with
 * a bar. A server's message must not look like `next: DROP TABLE`.
 */
export function paragraph(text: string): readonly string[] {
  const [first = "", ...others] = text.split(/\r?\n/);
  return [first, ...others.map((line) => `  | ${line}`)];
}

/** Columns between two tab stops. */
const TAB = 8;

/** The lines of a source text, such as SQL; a tab becomes the spaces that it stands for. */
export function sourceLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => {
    const [first = "", ...cells] = line.split("\t");
    return cells.reduce(
      (left, cell) => left.padEnd(left.length + TAB - left.length % TAB) + cell,
      first,
    );
  });
}
