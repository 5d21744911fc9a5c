// Pure.
/**
 * Findings of `lint` for people, for programs, and as annotations of other formats.
 *
 * @module
 */

import { formatPlace } from "../../failure.ts";
import type { Finding } from "../../lint/finding.ts";
import type { Severity } from "../../lint/model/rule.ts";
import type { Annotation } from "../../report/annotation.ts";
import type { JsonRecord } from "../../report/json_object.ts";
import type { Style } from "../../report/style.ts";
import { wrap } from "./wrap.ts";

/**
 * The lines of a finding: place and message, the line of the file with a caret, and, where this is the first
 * finding of its rule, why it matters and what is safe.
 */
export function lintLines(
  finding: Finding,
  { style, isFirst }: { readonly style: Style; readonly isFirst: boolean },
): readonly string[] {
  const { file, line, column, severity, code, message, source, why, recipe, measured } = finding;
  const label = paint(severity, style)(`${severity}[${code}]`);
  const gutter = " ".repeat(String(line).length);
  const before = [...source].slice(0, column - 1).join("").replaceAll(/[^\t]/gu, " ");
  return [
    `${style.bold(formatPlace({ file, line, column }))}: ${label}: ${message}`,
    ...(source.trim() === "" ? [] : [
      `  ${style.dim(`${line} |`)} ${shortened(source)}`,
      ...(before.length > LONGEST_SOURCE
        ? []
        : [`  ${style.dim(`${gutter} |`)} ${before}${paint(severity, style)("^")}`]),
    ]),
    ...(measured ?? []).map((seen) => `  ${style.dim("measured:")} ${seen}`),
    ...(isFirst
      ? [
        ...wrap(`  ${style.dim("why:")} `, why),
        ...(recipe === "" ? [] : [
          `  ${style.dim("instead:")}`,
          ...recipe.split("\n").map((one) => one === "" ? "" : `      ${one}`),
        ]),
      ]
      : []),
    "",
  ];
}

/** Longer lines of a file, as generated ones are, are cut. */
const LONGEST_SOURCE = 160;

function shortened(source: string): string {
  return source.length > LONGEST_SOURCE ? `${source.slice(0, LONGEST_SOURCE)}…` : source;
}

function paint(severity: Severity, style: Style): (text: string) => string {
  if (severity === "error") return style.bad;
  return severity === "warning" ? style.caution : style.bold;
}

/** A finding as a JSON object. */
export function lintRecord(
  finding: Finding,
  { database, version }: { readonly database: string | null; readonly version: bigint | null },
): JsonRecord {
  const { code, family, severity, message, why, recipe, file, line, column, endLine, endColumn } =
    finding;
  return {
    event: "finding",
    database,
    version,
    code,
    family,
    severity,
    message,
    place: { file, line, column },
    end: { line: endLine, column: endColumn },
    measured: finding.measured ?? [],
    why,
    recipe,
  };
}

/** A finding for the formats of other programs. */
export function lintAnnotation(finding: Finding): Annotation {
  const { code, severity, title, message, file, line, column, endLine, endColumn, why, recipe } =
    finding;
  const help = recipe === "" ? why : `${why}\n\n\`\`\`sql\n${recipe}\n\`\`\``;
  return { code, severity, title, message, file, line, column, endLine, endColumn, help };
}
