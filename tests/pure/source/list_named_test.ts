import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../../src/failure.ts";
import { openDirectory } from "../../../src/source/disk.ts";
import { type Files, withFolder } from "../../support/folder.ts";

const FLAT: Files = {
  "app/1_first.up.sql": "no SQL at all",
  "app/1_first.down.sql": "",
  "app/2_second.up.sql": "",
};

function listed(files: Files): Promise<string[]> {
  return withFolder(files, async (root) => {
    const found = await (await openDirectory(root)).listNamed("app");
    return found.map(({ version, name }) => `${version} ${name}`);
  });
}

describe("migrations by their names", () => {
  test("have those of their metadata, and their SQL is not read", async () => {
    assert.deepEqual(await listed(FLAT), ["1 first", "2 second"]);
    assert.deepEqual(
      await listed({
        "app/10_slug/up.sql": "no SQL at all",
        "app/10_slug/metadata.yaml": "name: What it does\nparents: []\n",
        "app/9_other/up.sql": "",
        "app/background/job.yaml": "",
      }),
      ["9 other", "10 What it does"],
    );
  });

  test("leave none out: what is named oddly is judged by reading all", async () => {
    for (
      const [name, code] of [
        ["3x.up.sql", "definition/malformed-name"],
        ["3_third.UP.SQL", "definition/malformed-name"],
        ["99999999999999999999_third.up.sql", "definition/version-too-large"],
      ] as const
    ) {
      await assert.rejects(
        listed({ "app/1_first.up.sql": "SELECT 1", [`app/${name}`]: "SELECT 1" }),
        (error) => {
          assert.ok(error instanceof Failure, String(error));
          assert.equal(error.code, code);
          return true;
        },
        name,
      );
    }
  });
});
