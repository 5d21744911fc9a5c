import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import { describe, test } from "node:test";
import { searchFile } from "../../../src/runtime/read_at.ts";
import { withFolder } from "../../support/folder.ts";

/** As much as is read at a time. */
const STEP = 4 * 1024 * 1024;

/** What surrounds the words decides, so that it must have been read with them. */
function find(path: string): string | undefined {
  const fd = fs.openSync(path, "r");
  try {
    return searchFile(fd, {
      words: "words",
      around: 4,
      read: (bytes, at) => {
        const text = bytes.toString("latin1", Math.max(at - 4, 0), at + 9);
        return text === "<<<<words>>>>" ? text : undefined;
      },
    });
  } finally {
    fs.closeSync(fd);
  }
}

describe("a search in a file", () => {
  test("finds what lies on the seam of two reads, and what is last", {}, async () => {
    const size = 2 * STEP + 50;
    const starts = [-13, -9, -5, -1, 0, 1].flatMap((near) => [STEP + near, 2 * STEP + near]);
    for (const start of [0, ...starts, size - 13]) {
      const bytes = Buffer.alloc(size);
      bytes.write("words", start < 100 ? 200 : 50);
      bytes.write("<<<<words>>>>", start);
      await withFolder({ file: bytes }, (root) => {
        assert.equal(find(`${root}/file`), "<<<<words>>>>", `at ${start}`);
        return Promise.resolve();
      });
    }
  });

  test("finds nothing where there is nothing", {}, async () => {
    await withFolder({ file: Buffer.alloc(STEP, "<words>"), empty: "" }, (root) => {
      assert.deepEqual([find(`${root}/file`), find(`${root}/empty`)], [undefined, undefined]);
      return Promise.resolve();
    });
  });
});
