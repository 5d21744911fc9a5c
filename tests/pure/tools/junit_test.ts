import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Case, countCases, readCases } from "../../../tools/junit.ts";

const FAILURE = '<failure message="Uncaught Error: a &lt;b&gt;">Error: a &lt;b&gt;\n    at x.ts:1' +
  "</failure>";
const STEPS = '<failure message="1 test step failed">1 test step failed.</failure>';

const passed = (name: string, seconds = 0): Case => ({
  name,
  seconds,
  outcome: "passed",
  message: "",
});
const failed = (name: string): Case => ({
  ...passed(name),
  outcome: "failed",
  message: "Error: a <b>\n    at x.ts:1",
});

const REPORTS: readonly { name: string; report: string; cases: readonly Case[] }[] = [
  { name: "nothing of an empty report", report: "<testsuites/>", cases: [] },
  {
    name: "Bun's tests, with their suites from the outside in",
    report: '<testsuite name="d" file="a_test.ts">' +
      '<testcase name="a" classname="inner &gt; d" time="0.125" file="a_test.ts" line="4" />' +
      '<testcase name="b &amp; c" classname="d" file="a_test.ts">\n<skipped />\n</testcase>' +
      `<testcase name="e" classname="" file="a_test.ts">${FAILURE}</testcase></testsuite>`,
    cases: [
      passed("d > inner > a", 0.125),
      { ...passed("d > b & c"), outcome: "skipped" },
      failed("e"),
    ],
  },
  {
    name: "the message of Bun's attribute, where the element is empty",
    report: '<testcase name="a" classname="" file="a_test.ts">' +
      '<failure type="Error" message="a &lt;b&gt;&#10;    at &quot;x&quot;" /></testcase>',
    cases: [{ ...failed("a"), message: 'a <b>\n    at "x"' }],
  },
  {
    name: "the tests of Deno's suites, not the suites",
    report: `<testcase name="d" classname="./x" time="2.5">${STEPS}</testcase>` +
      '<testcase name="d &gt; e" classname="./y"></testcase>' +
      '<testcase name="d &gt; e &gt; a" classname="./y" time="1.500"></testcase>' +
      `<testcase name="d &gt; e &gt; b" classname="./y">${FAILURE}</testcase>` +
      '<testcase name="alone" classname="./x"></testcase>',
    cases: [passed("d > e > a", 1.5), failed("d > e > b"), passed("alone")],
  },
  {
    name: "a suite whose tests passed but whose hook failed",
    report: `<testcase name="d" classname="./x">${FAILURE}</testcase>` +
      '<testcase name="d &gt; a" classname="./y"></testcase>',
    cases: [failed("d"), passed("d > a")],
  },
];

describe("the cases of a report", () => {
  for (const { name, report, cases } of REPORTS) {
    test(`are ${name}`, () => assert.deepEqual(readCases(report), cases));
  }

  test("are counted without those that were skipped", () => {
    const skipped: Case = { ...passed("c"), outcome: "skipped" };
    assert.deepEqual(countCases([passed("a"), failed("b"), skipped, passed("d")]), {
      passed: 2,
      failed: 1,
    });
  });
});
