import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { newest, sharedCluster } from "../support/cluster.ts";
import { runMigrator } from "../support/command.ts";
import { newProduct } from "../support/harness.ts";

const HOSTILE = "<img src=x onerror=alert(1)>";

describe("--html FILE", () => {
  test("writes one file that needs nothing else, with all names escaped", {}, async () => {
    const product = await newProduct(await sharedCluster(newest), [
      {
        up: "CREATE TABLE counted (id bigint PRIMARY KEY, n int)",
        background: { fill: "table: counted\nsql: UPDATE counted SET n = 1 WHERE batch()\n" },
      },
      { up: "SELECT 1", yaml: "queues: [fill]" },
      { up: `SELECT '${HOSTILE}'` },
    ]);
    const file = `${product.directory}/page.html`;
    const written = async (...args: string[]) => {
      const { status, stdout, stderr } = await runMigrator([
        ...args,
        "--html",
        file,
        ...product.args,
      ]);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /page\.html: written/);
      const text = readFileSync(file, "utf8");
      assert.match(text, /^<!DOCTYPE html>/);
      assert.doesNotMatch(text, /<script|<link rel="stylesheet"|<img |href="\/|suite-c4n4ry/);
      return text;
    };
    const plan = await written("plan");
    assert.match(plan, /To run: 3/);
    assert.match(plan, /SELECT &#39;&lt;img src=x onerror=alert\(1\)&gt;&#39;/);
    await product.run();
    assert.match(await written("status"), /3 applied/);
    assert.match(await written("background", "show", "fill"), /fill \(1\) of app/);

    const refused = await runMigrator(["status", "--html", product.directory, ...product.args]);
    assert.match(refused.stderr, /error\[usage\/system\]: Writing .* was refused/);
  });
});
