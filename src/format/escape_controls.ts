// Pure.
/**
 * Makes text from outside safe for a terminal: migration names, server messages, role names and
 * queries of other sessions, file names, values of settings.
 *
 * @module
 */

/**
 * Characters that a terminal can interpret as a command, or that change the order of text: C0, DEL
 * and C1 (ECMA-48), line and paragraph separators, and the bidirectional controls of Unicode's UAX
 * #9.
 */
export const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Escapes each control by its number: `\x1B`, `\u202E`. Line ends and tabs are controls. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (control) => {
    const code = control.codePointAt(0)!.toString(16).toUpperCase();
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/**
 * Splits a text into lines, and begins each line but the first with a bar, so that it cannot pass
 * for a line of migrator: a server's message must not look like `next: DROP TABLE`.
 */
export function paragraph(text: string): readonly string[] {
  const [first = "", ...others] = text.split(/\r?\n/);
  return [first, ...others.map((line) => `  | ${line}`)];
}

/** Columns between tab stops. */
const TAB = 8;

/** The lines of source text such as SQL, with tabs expanded. */
export function sourceLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => {
    const [first = "", ...cells] = line.split("\t");
    return cells.reduce(
      (left, cell) => left.padEnd(left.length + TAB - left.length % TAB) + cell,
      first,
    );
  });
}
