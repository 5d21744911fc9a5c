// Pure.
/**
 * Long lines for narrow terminals.
 *
 * @module
 */

/** What a line may be long. */
const WIDTH = 80;

/** What a terminal takes for a colour, and gives no column. */
const COLOUR = new RegExp(`${"\x1b"}\\[[\\d;]+m`, "g");

/** Columns that a text takes. */
function widthOf(text: string): number {
  return text.replaceAll(COLOUR, "").length;
}

/**
 * Breaks a text at spaces, so that lines fit; a word that is too long keeps a line to itself. Colours
 * take no room.
 *
 * @param head What the first line begins with; the others are indented as far. A line break in the text
 * is one in the result, and the next line begins with a bar, so that it cannot pass for one of ours.
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
