import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ExaminedCase, ReportFormat } from "../../../src/report/annotation.ts";
import { REPORT_FORMATS } from "../../../src/report/report_formats.ts";

const HOSTILE: ExaminedCase = {
  group: "shop",
  name: `1 <a&b> "c"`,
  file: "m/1 ü.sql",
  annotations: [{
    code: "drop-table",
    severity: "warning",
    title: "A table is dropped",
    message: `50%\n::error::"x" & <y> \u0007\ud800`,
    file: "m/1 ü,:.sql",
    line: 2,
    column: 3,
    endLine: 4,
    endColumn: 5,
  }],
};
const CLEAN: ExaminedCase = { group: "shop", name: "2 fine", file: "m/2.sql", annotations: [] };

const written = (format: ReportFormat, ...cases: readonly ExaminedCase[]) =>
  REPORT_FORMATS[format](cases, { name: "migrator lint", version: "1.2.3" });

describe("a report for another program", () => {
  test("is one line for GitHub, whatever the text", () => {
    assert.equal(
      written("github", HOSTILE),
      "::warning file=m/1 ü%2C%3A.sql,line=2,col=3,endLine=4,title=drop-table%3A A table is dropped::" +
        `50%25%0A::error::"x" & <y> \u0007\ud800\n`,
    );
  });

  test("is one line for gcc", () => {
    assert.match(
      written("gcc", HOSTILE),
      /^m\/1 ü,:\.sql:2:3: warning: 50% ::error::.* \[drop-table\]\n$/,
    );
  });

  test("has fingerprints that lines above do not change, and that differ within a file", () => {
    const moved = {
      ...HOSTILE,
      annotations: HOSTILE.annotations.map((one) => ({ ...one, line: 9 })),
    };
    const prints = (...cases: readonly ExaminedCase[]) =>
      (JSON.parse(written("gitlab", ...cases)) as { fingerprint: string }[])
        .map(({ fingerprint }) => fingerprint);
    assert.deepEqual(prints(HOSTILE), prints(moved));
    const [first, second] = prints(HOSTILE, HOSTILE);
    assert.notEqual(first, second);
  });

  test("is XML that can be read, with a test for each migration", () => {
    const junit = written("junit", HOSTILE, CLEAN);
    assert.match(junit, /<testsuite name="shop" tests="2" failures="1" errors="0" time="0">/);
    assert.match(junit, /name="1 &lt;a&amp;b&gt; &quot;c&quot;"/);
    assert.match(junit, /<testcase classname="shop" name="2 fine" file="m\/2\.sql" time="0"\/>/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(junit, /[\u0007\ud800]/);
    assert.match(written("checkstyle", HOSTILE), /<file name="m\/1 ü,:\.sql"><error line="2"/);
  });

  test("names its rules in SARIF, and encodes paths", () => {
    const { runs: [run] } = JSON.parse(written("sarif", HOSTILE, CLEAN));
    assert.equal(run.results.length, 1);
    assert.equal(run.results[0].level, "warning");
    assert.equal(
      run.results[0].locations[0].physicalLocation.artifactLocation.uri,
      "m/1%20%C3%BC%2C%3A.sql",
    );
    assert.deepEqual(run.tool.driver.rules.map((rule: { id: string }) => rule.id), ["drop-table"]);
  });
});
