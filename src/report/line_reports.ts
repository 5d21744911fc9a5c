// Pure.
/**
 * Formats with one line, or one small element, for each finding.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Annotation, ExaminedCase } from "./annotation.ts";
import { element, xmlDocument } from "./xml.ts";

/** As gcc prints warnings, which editors and Emacs' and Vim's compile modes understand. */
export function gccReport(cases: readonly ExaminedCase[]): string {
  const words = { error: "error", warning: "warning", info: "note" };
  return annotationsOf(cases).map(({ file, line, column, severity, message, code }) =>
    `${file}:${line}:${column}: ${words[severity]}: ${oneLine(message)} [${code}]\n`
  ).join("");
}

/** Workflow commands of GitHub Actions, which show findings beside the changed lines. */
export function githubReport(cases: readonly ExaminedCase[]): string {
  const words = { error: "error", warning: "warning", info: "notice" };
  return annotationsOf(cases).map((one) => {
    const properties = {
      file: one.file,
      line: one.line,
      col: one.column,
      endLine: one.endLine,
      title: `${one.code}: ${one.title}`,
    };
    const written = Object.entries(properties)
      .map(([key, value]) => `${key}=${commandText(String(value), /[%\r\n:,]/g)}`);
    return `::${words[one.severity]} ${written.join(",")}::${
      commandText(one.message, /[%\r\n]/g)
    }\n`;
  }).join("");
}

function commandText(text: string, special: RegExp): string {
  return text.replace(
    special,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/** GitLab's Code Quality report: a JSON list. */
export function gitlabReport(cases: readonly ExaminedCase[]): string {
  const words = { error: "critical", warning: "major", info: "info" };
  const seen = new Map<string, number>();
  const issues = annotationsOf(cases).map((one) => {
    // Without the line, so that a finding is the same one when lines are added above it.
    const identity = `${one.file}\0${one.code}\0${one.message}`;
    const times = seen.get(identity) ?? 0;
    seen.set(identity, times + 1);
    return {
      description: one.message,
      check_name: one.code,
      fingerprint: createHash("sha256").update(`${identity}\0${times}`).digest("hex"),
      severity: words[one.severity],
      location: { path: one.file, lines: { begin: one.line, end: one.endLine } },
    };
  });
  return JSON.stringify(issues, undefined, 2) + "\n";
}

/** Checkstyle's XML, which Jenkins and many reviewers' tools read. */
export function checkstyleReport(cases: readonly ExaminedCase[]): string {
  const annotations = annotationsOf(cases);
  const files = [...new Set(annotations.map(({ file }) => file))];
  return xmlDocument(element(
    "checkstyle",
    { version: "4.3" },
    ...files.map((name) =>
      element(
        "file",
        { name },
        ...annotations.filter(({ file }) => file === name).map(
          ({ line, column, severity, message, code }) =>
            element("error", { line, column, severity, message, source: `migrator.${code}` }),
        ),
      )
    ),
  ));
}

function annotationsOf(cases: readonly ExaminedCase[]): readonly Annotation[] {
  return cases.flatMap((one) => one.annotations);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
