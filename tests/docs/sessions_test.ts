import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sharedCluster } from "../support/cluster.ts";
import { documentation } from "../support/documentation.ts";
import { readMarkdown } from "../support/markdown.ts";
import { corrected, isAnswer, Session, settle, stepsOf } from "./session.ts";

/** Once is enough: what both runtimes answer is compared by tests/cli/transcripts. */
const skip = "Bun" in globalThis ? "Deno replays them" : false;

describe("the documentation's sessions", { skip }, () => {
  // The guide of the example has a test of its own, which looks at the database, too.
  const pages = documentation().filter(({ path, blocks }) =>
    path !== "migrations/README.md" && blocks.some(({ language }) => language === "console")
  );

  for (const page of pages) {
    test(`are answered as ${page.path} says`, { timeout: 600_000 }, async () => {
      const session = await Session.begin(await sharedCluster(18));
      try {
        settle(page, await session.replay(page));
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
      assert.equal(problems.length, 2);
      const right = corrected(text, problems);
      assert.match(right, /^```console\n\$ migrator stauts {4}# exit 2\nerror.*stauts/);
      assert.match(
        right,
        /\n\$ migrator version\nmigrator .*\n\$ migrator version\n\.\.\.\n```\n$/,
      );
    } finally {
      session.end();
    }
  });
});

describe("a session", () => {
  test("is its prompts with their answers and exit statuses", () => {
    assert.deepEqual(stepsOf("$ a  # exit 3\nb\n\nc\n$ d # e\n"), [
      { typed: "a", status: 3, answer: ["b", "", "c"], line: 0 },
      { typed: "d # e", status: 0, answer: [], line: 4 },
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
