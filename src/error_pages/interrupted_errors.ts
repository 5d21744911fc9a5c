// Pure.
/**
 * Pages about commands that were stopped.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** The command was told to stop. */
export const INTERRUPTED_ERRORS = {
  "interrupted/interrupted": {
    title: "Stopped by SIGINT",
    cause:
      "The command was interrupted, mostly by Ctrl-C. The statement under way was cancelled on " +
      "the server, and its transaction was rolled back. What was committed before stays.",
    steps: [
      ["See where the database stands.", "migrator status --db NAME"],
      ["Run the same command again to go on."],
    ],
    retry: "yes",
  },
  "interrupted/terminated": {
    title: "Stopped by SIGTERM or SIGHUP",
    cause:
      "The command was told to stop, by an orchestrator, a shutdown or a closed terminal. The " +
      "statement under way was cancelled on the server, and its transaction was rolled back. " +
      "What was committed before stays.",
    steps: [
      ["See where the database stands.", "migrator status --db NAME"],
      ["Run the same command again to go on."],
    ],
    retry: "yes",
  },
  "interrupted/aborted": {
    title: "Stopped by the application",
    cause:
      "The application that migrates when it starts aborted the run through its signal. What " +
      "was committed before stays.",
    steps: [
      ["Start the application again: it goes on."],
    ],
    retry: "yes",
  },
} satisfies Partial<Record<CodeOf<"interrupted">, ErrorPage>>;
