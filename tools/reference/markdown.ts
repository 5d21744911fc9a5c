// Pure.
/**
 * Pieces of Markdown, as GitHub reads it.
 *
 * @module
 */

/** A page of the reference. */
export interface Page {
  /** From `docs/reference`: `errors/graph.md`. */
  readonly file: string;
  readonly title: string;
  /** What it holds, as one sentence for the list of pages. */
  readonly about: string;
  readonly text: string;
}

/** Text in which only what stands between backticks is code. */
export function inline(text: string): string {
  return text.split(/(`[^`]*`)/).map((part) =>
    part.startsWith("`")
      ? part
      : part.replaceAll(/[<>*\\]|(?<!\w)_|_(?!\w)/g, (sign) => `\\${sign}`)
  ).join("");
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** A table; cells are Markdown already. Nothing for no rows. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

export function link(text: string, target: string): string {
  return `[${text}](${target})`;
}

/** Where GitHub puts a heading: `#migrator-log-add`. */
export function anchor(heading: string): string {
  return `#${heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(/\s/g, "-")}`;
}

/** A list of links to headings of the same page, each once. */
export function contents(headings: readonly string[]): string {
  return headings.map((heading) => `- ${link(heading, anchor(heading))}`).join("\n");
}

/** Commands as they are typed. They hold placeholders, so that no fence claims that a shell takes them. */
export function shell(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}

/** Blocks with a blank line between them; empty ones are left out. */
export function blocks(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A page, with its title, and the remark that nobody edits it by hand. */
export function page(
  { file, title, about }: Omit<Page, "text">,
  ...parts: readonly string[]
): Page {
  return {
    file,
    title,
    about,
    text: `${blocks(`# ${title}`, NOTICE, ...parts)}\n`,
  };
}

const NOTICE = "<!-- Rendered from the program by `deno task docs`. Do not edit it by hand. -->";
