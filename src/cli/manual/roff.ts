// Pure.
/**
 * Text as troff and its kin read it.
 *
 * @module
 */

/** Text that is printed as it is, in the middle of a line or at the beginning of one. */
export function plain(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll(/[^\x20-\x7e]/gu, (one) => `\\[u${hexadecimal(one)}]`);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

function hexadecimal(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

/** What is typed as it stands. */
export function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

/** What something else is typed for. */
export function italic(text: string): string {
  return `\\fI${plain(text)}\\fR`;
}

/** What is typed: words as they are bold, and placeholders such as `<version>` in italics. */
export function typed(text: string): string {
  return text.split(/(<[^>]*>)/).filter((part) => part !== "")
    .map((part) => part.startsWith("<") ? italic(part.slice(1, -1)) : bold(part)).join("");
}

/** A heading. */
export function section(title: string): string {
  return `.SH ${plain(title.toUpperCase())}`;
}

/** A heading within a section. */
export function subsection(title: string): string {
  return `.SS "${plain(title).replaceAll('"', '""')}"`;
}

/** A term with its explanation below; both are roff already. */
export function entry(term: string, about: string): string {
  return `.TP\n${term}\n${about}`;
}

/** A paragraph of its own. */
export function paragraph(text: string): string {
  return `.PP\n${text}`;
}

/** Lines that stay as they are. */
export function verbatim(lines: readonly string[]): string {
  return `.PP\n.RS 4\n.nf\n${lines.map(plain).join("\n")}\n.fi\n.RE`;
}
