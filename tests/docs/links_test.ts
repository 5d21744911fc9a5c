import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, test } from "node:test";
import { documentation, ROOT } from "../support/documentation.ts";
import { type Page, readMarkdown } from "../support/markdown.ts";

interface Linking extends Pick<Page, "links" | "anchors"> {
  readonly path: string;
}

/** Links to files and headings that are not there. The network is not asked. */
function brokenLinks(pages: readonly Linking[]): readonly string[] {
  const anchors = new Map(pages.map((page) => [page.path, page.anchors]));
  return pages.flatMap(({ path: from, links }) =>
    links.filter(({ target }) => !/^https?:/.test(target)).flatMap(({ target, line }) => {
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? from : path.posix.join(path.posix.dirname(from), file);
      const place = `${from}:${line}: ${target}`;
      if (!anchors.has(to) && !fs.existsSync(path.join(ROOT, to))) {
        return [`${place}: no such file`];
      }
      if (anchor === undefined) return [];
      return anchors.get(to)?.has(anchor) ? [] : [`${place}: no such heading`];
    })
  );
}

describe("the documentation's links", () => {
  const pages = documentation();

  test("lead to files and headings that are there", () => {
    assert.deepEqual(brokenLinks(pages), []);
  });

  test("reach every page of docs from its index", () => {
    const index = pages.find((page) => page.path === "docs/README.md")!;
    const linked = new Set(index.links.map(({ target }) => target.split("#")[0]));
    const others = pages
      .map((page) => /^docs\/([^/]+\.md|[^/]+\/README\.md)$/.exec(page.path)?.[1])
      .filter((name) => name !== undefined && name !== "README.md");
    assert.deepEqual(others.filter((name) => !linked.has(name)), []);
  });

  test("are refused when the file or the heading is missing, and not in code", () => {
    const text = "# One `two` & three\n[a](#one-two--three) [b](#four) [c](gone.md)\n`[d](e)`\n";
    assert.deepEqual(brokenLinks([{ path: "docs/page.md", ...readMarkdown(text) }]), [
      "docs/page.md:2: #four: no such heading",
      "docs/page.md:2: gone.md: no such file",
    ]);
  });
});
