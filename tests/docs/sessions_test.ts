import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharedCluster } from "../support/cluster.ts";
import { documentation } from "../support/documentation.ts";
import { readMarkdown } from "../support/markdown.ts";
import { isAnswer, Session, stepsOf } from "./session.ts";

/** Once is enough: what both runtimes answer is compared by tests/cli/transcripts. */
const skip = "Bun" in globalThis ? "Deno replays them" : false;

describe("the documentation's sessions", { skip }, () => {
  // The guide of the example has a test of its own, which looks at the database, too.
  const pages = documentation().filter(({ path, blocks }) =>
    path !== "migrations/README.md" && blocks.some(({ language }) => language === "console")
  );

  for (const page of pages) {
    test(`are answered as ${page.path} says`, { timeout: 300_000 }, async () => {
      const session = await Session.begin(await sharedCluster(18));
      try {
        const problems = await session.replay(page);
        assert.ok(problems.length === 0, problems.join("\n\n"));
      } finally {
        session.end();
      }
    });
  }

  test("are refused with another answer or another exit status", async () => {
    const text =
      "```console\n$ migrator stauts    # exit 2\nDone.\n$ migrator version    # exit 7\n" +
      "...\n$ migrator version\n...\n```\n";
    const session = await Session.begin(await sharedCluster(18));
    try {
      const problems = await session.replay({ path: "page.md", text, ...readMarkdown(text) });
      assert.equal(problems.length, 2, problems.join("\n"));
    } finally {
      session.end();
    }
  });
});

describe("a session", () => {
  test("is its prompts with their answers and exit statuses", () => {
    assert.deepEqual(stepsOf("$ a  # exit 3\nb\n\nc\n$ d # e\n"), [
      { typed: "a", status: 3, answer: ["b", "", "c"] },
      { typed: "d # e", status: 0, answer: [] },
    ]);
    assert.throws(() => stepsOf("a\n"));
  });

  test("may leave lines out of an answer", () => {
    assert.ok(isAnswer(["a", "b", "c"], ["a", "...", "c"]));
    assert.ok(isAnswer(["a", "c"], ["a", "...", "c", "..."]));
    assert.ok(!isAnswer(["a", "b", "d"], ["a", "...", "c"]));
    assert.ok(!isAnswer(["a", "b"], ["a"]));
  });
});
