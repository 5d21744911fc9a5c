// Pure.
/**
 * The page about defects.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The program itself is at fault. */
export const DEFECT_ERRORS = {
  "defect/unexpected": {
    title: "A defect of migrator",
    cause:
      "Something happened that the program does not expect. What was committed stays, and is " +
      "recorded in the history.",
    steps: [
      ["See where the database stands before anything else.", "migrator status --db NAME"],
      [
        "Report the lines that were printed, together with the version. Check that they hold " +
        "nothing confidential.",
        "migrator version",
      ],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"defect">, ErrorPage>>;
