// Pure.
/**
 * Writes findings for other programs.
 *
 * @module
 */

import type { ExaminedCase, Examiner, ReportFormat } from "./annotation.ts";
import { junitReport } from "./junit.ts";
import { checkstyleReport, gccReport, githubReport, gitlabReport } from "./line_reports.ts";
import { sarifReport } from "./sarif.ts";

/** Writers by format. */
export const REPORT_FORMATS: Readonly<
  Record<ReportFormat, (cases: readonly ExaminedCase[], examiner: Examiner) => string>
> = {
  github: githubReport,
  gitlab: gitlabReport,
  sarif: sarifReport,
  junit: junitReport,
  checkstyle: checkstyleReport,
  gcc: gccReport,
};
