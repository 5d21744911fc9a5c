// Pure.
/**
 * Long lines for narrow terminals.
 *
 * @module
 */

/** What a line may be long. */
const WIDTH = 80;

/**
 * Breaks a text at spaces, so that lines fit; a word that is too long keeps a line to itself.
 *
 * @param head What the first line begins with; the others are indented as far. One line break in the
 * text is one in the result.
 */
export function wrap(head: string, text: string): string {
  const indent = " ".repeat(head.length);
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && head.length + line.length + 1 + word.length > WIDTH) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line, index) => ((index === 0 ? head : indent) + line).trimEnd()).join("\n");
}
