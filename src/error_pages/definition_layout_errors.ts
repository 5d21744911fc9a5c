// Pure.
/**
 * Pages about files of other migration tools.
 *
 * @module
 */

import type { Code } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

const VALIDATE = "migrator validate --db NAME";

const program = (language: string): ErrorPage => ({
  title: `A migration is written in ${language}`,
  cause: `Only a ${language} program can run the file. It stops \`up\` where it is pending.`,
  steps: [
    [
      "Write what it does as SQL in a file of the same version, and move the other file away.",
      VALIDATE,
    ],
    [
      "If its own tool has applied it, take that over.",
      "migrator adopt --from TOOL --dry-run --db NAME",
    ],
  ],
  retry: "no",
});

/** Files that cannot be read as their tool reads them. */
export const DEFINITION_LAYOUT_ERRORS = {
  "definition/checksum-mismatch": {
    title: "A file is not what its tool's checksum was made of",
    cause:
      "`atlas.sum`, or the hash in a file of graphile-migrate's, does not agree with the text.",
    steps: [["Restore the file as it was committed, and check again.", VALIDATE]],
    retry: "no",
  },
  "definition/duplicate-section": {
    title: "A file has two sections for one direction",
    cause: "The line that begins a way up or down stands twice in one file.",
    steps: [["Join the two sections.", VALIDATE]],
    retry: "no",
  },
  "definition/java-migration": program("Java"),
  "definition/javascript-migration": program("JavaScript"),
  "definition/misplaced-sql": {
    title: "SQL stands above the sections of a file",
    cause: "The tool of the layout does not run what stands above the line that begins a section.",
    steps: [["Move it below that line, or remove it.", VALIDATE]],
    retry: "no",
  },
  "definition/own-tool": {
    title: "The tool of the layout has to write new migrations",
    cause: "The tool keeps a record of all migrations beside them, which `add` cannot write.",
    steps: [["Run the command that the message names, and check the result.", VALIDATE]],
    retry: "no",
  },
  "definition/repeatable": {
    title: "Repeatable migrations are not run",
    cause: "Flyway runs an `R__` file again when it changes; migrator runs each migration once.",
    steps: [[
      "Give it a version that follows all others, and a new file for each change.",
      VALIDATE,
    ]],
    retry: "no",
  },
  "definition/rust-migration": program("Rust"),
  "definition/template": {
    title: "A file is a template",
    cause:
      "The file holds an expression of Go's templates that is more than the name of a variable.",
    steps: [["Put the SQL that it stands for in its place.", VALIDATE]],
    retry: "no",
  },
  "definition/undeclared-variable": {
    title: "A variable in a file has no value",
    cause: "The tool of the layout fills the variable in, and `migrator.yaml` does not declare it.",
    steps: [["Declare it under `variables` in migrator.yaml.", VALIDATE]],
    retry: "no",
  },
  "definition/unknown-layout": {
    title: "Nothing shows which tool the files are for",
    cause: "Several tools number their files in the same way, and read them differently.",
    steps: [["Name the tool as `layout` in migrator.yaml, and check.", VALIDATE]],
    retry: "no",
  },
} as const satisfies Partial<Record<Code, ErrorPage>>;
