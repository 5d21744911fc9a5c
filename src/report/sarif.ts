// Pure.
/**
 * SARIF 2.1.0, which GitHub's code scanning and many editors read.
 *
 * @module
 */

import type { Annotation, ExaminedCase, Examiner } from "./annotation.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const;

/** One run of the examiner; only rules that found something are described. */
export function sarifReport(cases: readonly ExaminedCase[], { name, version }: Examiner): string {
  const annotations = cases.flatMap((one) => one.annotations);
  const rules = new Map(annotations.map((one) => [one.code, one]));
  const codes = [...rules.keys()];
  return JSON.stringify(
    {
      $schema: "https://json.schemastore.org/sarif-2.1.0.json",
      version: "2.1.0",
      runs: [{
        tool: {
          driver: {
            name,
            semanticVersion: version,
            rules: [...rules.values()].map(({ code, title, help, severity }) => ({
              id: code,
              shortDescription: { text: `${title}.` },
              ...(help === undefined ? {} : { help: { text: help, markdown: help } }),
              defaultConfiguration: { level: LEVELS[severity] },
            })),
          },
        },
        columnKind: "unicodeCodePoints",
        results: annotations.map((annotation) => ({
          ruleId: annotation.code,
          ruleIndex: codes.indexOf(annotation.code),
          level: LEVELS[annotation.severity],
          message: { text: annotation.message },
          locations: [{ physicalLocation: locationOf(annotation) }],
        })),
      }],
    },
    undefined,
    2,
  ) + "\n";
}

function locationOf({ file, line, column, endLine, endColumn }: Annotation) {
  return {
    artifactLocation: { uri: file.split("/").map(encodeURIComponent).join("/") },
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}
