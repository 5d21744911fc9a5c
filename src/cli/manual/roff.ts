// Pure.
/**
 * Formats text for roff.
 *
 * @module
 */

/** Escapes text so that roff prints it literally, anywhere in a line. */
export function plain(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll(/[^\x20-\x7e]/gu, (one) => `\\[u${hexadecimal(one)}]`);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function hexadecimal(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/** Bold: text to type literally. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** Italic: a placeholder. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

/** A command line: words in bold, and placeholders such as `<version>` in italics. */
export function typed(text: string): string {
  return text.split(/(<[^>]*>)/).filter((part) => part !== "")
    .map((part) => part.startsWith("<") ? italic(part.slice(1, -1)) : bold(part)).join("");
}

/** A heading. */
export function section(title: string): string {
  return `.SH ${plain(title.toUpperCase())}`;
}

/** A subheading. */
export function subsection(title: string): string {
  return `.SS "${plain(title).replaceAll('"', '""')}"`;
}

/** A term with its explanation below; both are roff source. */
export function entry(term: string, about: string): string {
  return `.TP\n${term}\n${about}`;
}

/** A paragraph. */
export function paragraph(text: string): string {
  return `.PP\n${text}`;
}

/** Lines that are not filled. */
export function verbatim(lines: readonly string[]): string {
  return `.PP\n.RS 4\n.nf\n${lines.map(plain).join("\n")}\n.fi\n.RE`;
}
