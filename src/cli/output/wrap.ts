// Pure.
/**
 * Wraps long lines.
 *
 * @module
 */

/** The most columns of a line. */
const WIDTH = 80;

/** Matches colour sequences, which take no columns. */
const COLOUR = new RegExp(`${"\x1b"}\\[[\\d;]+m`, "g");

/** Columns of a text. */
function widthOf(text: string): number {
  return text.replaceAll(COLOUR, "").length;
}

/**
 * Breaks a text at spaces to fit the width; a longer word keeps a line to itself. Colours take no
 * columns.
 *
 * @param head The beginning of the first line; the others are indented by its width. A line break
 * in the text is kept, and the next line begins with a bar, so that it cannot pass for a line of
 * migrator.
 */
export function wrap(head: string, text: string): readonly string[] {
  const indent = " ".repeat(widthOf(head));
  const lines: string[] = [];
  for (const [index, part] of text.split(/\r?\n/).entries()) {
    let line = index === 0 ? "" : "|";
    for (const word of part.split(" ")) {
      if (line !== "" && widthOf(head) + widthOf(line) + 1 + widthOf(word) > WIDTH) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line, index) => ((index === 0 ? head : indent) + line).trimEnd());
}
