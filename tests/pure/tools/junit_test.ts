import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countCases } from "../../../tools/junit.ts";

const FAILED = '<failure message="no">Uncaught &lt;failure</failure>';

const REPORTS: readonly { name: string; report: string; passed: number; failed: number }[] = [
  { name: "nothing in an empty report", report: "<testsuites/>", passed: 0, failed: 0 },
  {
    name: "Bun's empty elements, and neither skipped nor unfinished tests",
    report: '<testsuite name="d"><testcase name="a" classname="d" time="0.1" />' +
      '<testcase name="b" classname="d">\n<skipped />\n</testcase>' +
      `<testcase name="c" classname="d">${FAILED}</testcase></testsuite>`,
    passed: 1,
    failed: 1,
  },
  {
    name: "the tests of Deno's suites, not the suites",
    report: `<testcase name="d" classname="./x">${FAILED}</testcase>` +
      '<testcase name="d &gt; e" classname="./y"></testcase>' +
      '<testcase name="d &gt; e &gt; a" classname="./y"></testcase>' +
      `<testcase name="d &gt; e &gt; b" classname="./y">${FAILED}</testcase>` +
      '<testcase name="alone" classname="./x"></testcase>',
    passed: 2,
    failed: 1,
  },
  {
    name: "a suite whose tests passed but whose hook failed",
    report: `<testcase name="d" classname="./x">${FAILED}</testcase>` +
      '<testcase name="d &gt; a" classname="./y"></testcase>',
    passed: 1,
    failed: 1,
  },
];

describe("a count of test cases", () => {
  for (const { name, report, passed, failed } of REPORTS) {
    test(`holds ${name}`, () => assert.deepEqual(countCases(report), { passed, failed }));
  }
});
