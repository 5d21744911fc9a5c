/**
 * The pages that users and contributors read, whose snippets, commands and links the tests check.
 *
 * @module
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
import { type Page, readMarkdown } from "./markdown.ts";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A page with its path from the root. */
export interface DocumentationPage extends Page {
  readonly path: string;
  readonly text: string;
}

/** Every Markdown file of the repository but fixtures, the changelog and what others installed. */
export function documentation(): readonly DocumentationPage[] {
  const names = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "migrations/README.md"];
  for (const folder of ["docs", "examples"]) {
    const found = fs.readdirSync(path.join(ROOT, folder), { recursive: true }).map(String);
    names.push(...found.filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`));
  }
  return names.sort().map(readPage);
}

/** One page by its path from the root. */
export function readPage(name: string): DocumentationPage {
  const text = fs.readFileSync(path.join(ROOT, name), "utf8");
  return { path: name, text, ...readMarkdown(text) };
}
