import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { runMigrator } from "../support/command.ts";

describe("help --man", () => {
  let page: string;
  before(async () => {
    const { status, stdout, stderr } = await runMigrator(["help", "--man"]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    page = stdout;
  });

  const READERS: readonly (readonly [string, readonly string[]])[] = [
    ["groff", ["-man", "-Tutf8", "-ww"]],
    ["mandoc", ["-man", "-Tlint", "-Werror"]],
    ["mandoc", ["-man", "-Tutf8"]],
  ];
  for (const [reader, args] of READERS) {
    const absent = spawnSync(reader, ["-man"], { input: "" }).error !== undefined;
    test(`is read by ${reader} ${args.join(" ")}`, {
      skip: absent && `there is no ${reader}`,
    }, () => {
      const { status, stdout, stderr } = spawnSync(reader, args, { input: page, encoding: "utf8" });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
      if (args.includes("-Tlint")) return assert.equal(stdout, "");
      // deno-lint-ignore no-control-regex
      const text = stdout.replaceAll(/\x1b\[[\d;]*m|.\x08/g, "");
      assert.match(text, /^ {3}down \[options\] \[N\]\n {7}Reverts applied migrations/m);
      assert.match(text, /^ {7}74 +output could not be written/m);
      assert.match(text, /^ {11}migrator up --db frontend --dry-run$/m);
    });
  }
});
