// Pure.
/**
 * JUnit's XML, which most CI systems show as test results.
 *
 * @module
 */

import type { Annotation, ExaminedCase, Examiner } from "./annotation.ts";
import { element, escapeXml, xmlDocument } from "./xml.ts";

/**
 * A suite for each group and a test for each case. Errors and warnings fail a test; what is only said is
 * its output.
 */
export function junitReport(cases: readonly ExaminedCase[], { name }: Examiner): string {
  const groups = [...new Set(cases.map(({ group }) => group))];
  const suites = groups.map((group) => {
    const own = cases.filter((one) => one.group === group);
    return element(
      "testsuite",
      { name: group, tests: own.length, failures: own.filter(isFailed).length, errors: 0, time: 0 },
      ...own.map(testCase),
    );
  });
  const attributes = {
    name,
    tests: cases.length,
    failures: cases.filter(isFailed).length,
    errors: 0,
    time: 0,
  };
  return xmlDocument(element("testsuites", attributes, ...suites));
}

function isFailed({ annotations }: ExaminedCase): boolean {
  return annotations.some(fails);
}

function fails({ severity }: Annotation): boolean {
  return severity !== "info";
}

function testCase({ group, name, file, annotations }: ExaminedCase): string {
  const failing = annotations.filter(fails);
  const rest = annotations.filter((one) => !fails(one)).map(lineOf);
  const [first] = failing;
  // A test has at most one failure; all that failed it are its text.
  const failure = first === undefined ? [] : [
    element(
      "failure",
      { message: first.message, type: first.code },
      escapeXml(failing.map(lineOf).join("\n")),
    ),
  ];
  const output = rest.length === 0 ? [] : [element("system-out", {}, escapeXml(rest.join("\n")))];
  return element("testcase", { classname: group, name, file, time: 0 }, ...failure, ...output);
}

function lineOf({ file, line, column, severity, code, message }: Annotation): string {
  return `${file}:${line}:${column}: ${severity}: ${message} [${code}]`;
}
