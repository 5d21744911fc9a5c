import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  archivePlace,
  parseCommandWords,
  withName,
} from "../../../src/background/archive/command_words.ts";
import { Failure } from "../../../src/failure.ts";

describe("a command for archives", () => {
  test("is words, as a shell would split them, and nothing is expanded", () => {
    const table: readonly (readonly [string, readonly string[]])[] = [
      ["aws s3 cp - s3://b/{name}", ["aws", "s3", "cp", "-", "s3://b/N"]],
      [`sh -c 'gzip | tee "$0"' {name}`, ["sh", "-c", 'gzip | tee "$0"', "N"]],
      ['put "a b/{name}" \'\' "say \\"x\\""', ["put", "a b/N", "", 'say "x"']],
      ["put a\\ b$HOME`id`;{name}", ["put", "a b$HOME`id`;N"]],
    ];
    for (const [text, words] of table) {
      assert.deepEqual(withName(parseCommandWords(text), "N"), words, text);
    }
  });

  test("is refused where it could not be meant", () => {
    for (
      const [text, why] of [["", /empty/], ["cat", /\{name\}/], ["put 'x {name}", /'/]] as const
    ) {
      assert.throws(() => parseCommandWords(text), (error: unknown) => {
        assert.ok(error instanceof Failure && error.code === "usage/archive-command");
        assert.match(error.message, why);
        return true;
      });
    }
  });

  test("is told as a place, without what may be a secret", () => {
    const table = [
      ["aws s3 cp - s3://b/{name}", "s3://b/N"],
      ["curl -T - https://user:secret@host/{name}?token=secret", "https://host/N"],
      ["curl -u user:secret --upload-file - --url=https://a:secret@h/{name}", "https://h/N"],
      ["sh -c 'PW=secret put {name}'", "N"],
      ["put https://host/?name={name}", "N"],
    ];
    for (const [text, place] of table) {
      assert.equal(archivePlace(parseCommandWords(text!), "N"), place);
    }
  });
});
