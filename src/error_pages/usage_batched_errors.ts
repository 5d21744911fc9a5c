// Pure.
/**
 * Pages about the command line of batched migrations.
 *
 * @module
 */

import type { CodeOf } from "../error_code.ts";
import type { ErrorPage } from "./error_page.ts";

/** Mistakes in the options of `background` commands. */
export const USAGE_BATCHED_ERRORS = {
  "usage/conflicting-options": {
    title: "Options exclude each other",
    cause: "More than one of `--once`, `--until-done` and `--forever` was given to `background " +
      "work`. Each says when the worker ends, so only one of them can hold.",
    steps: [
      ["Keep one of them.", "migrator help background work"],
    ],
    retry: "no",
  },
  "usage/conflicting-sizes": {
    title: "A size is larger than the limit beside it",
    cause: "`background set` was to set a batch or sub-batch size above the largest one allowed, " +
      "such as `--batch-size` above `--max-batch-size`.",
    steps: [
      [
        "Give both sizes in one command.",
        "migrator background set MIGRATION --batch-size 5000 --max-batch-size 10000 --db NAME",
      ],
    ],
    retry: "no",
  },
  "usage/ambiguous": {
    title: "A name means several batched migrations",
    cause: "The name was queued with different arguments or more than once, or several databases " +
      "declare a batched migration of that name. Nothing was changed.",
    steps: [
      ["Find the id of the one that is meant.", "migrator background list --all"],
      ["Use the id, and say which database.", "migrator background show 12 --db NAME"],
    ],
    retry: "no",
  },
  "usage/unknown-argument": {
    title: "--arguments has a key that is not declared",
    cause:
      "`--arguments` holds a key that the declaration of the batched migration does not have. " +
      "The message lists those it has.",
    steps: [
      ["Compare it with the declaration in `background/MIGRATION.yaml`."],
      [
        "Give only keys that are declared.",
        'migrator background queue MIGRATION --arguments \'{"kind": "namespace"}\' --db NAME',
      ],
    ],
    retry: "no",
  },
  "usage/archive-command": {
    title: "--archive-command cannot be run",
    cause: "The command is empty, its quotation marks are not closed, or it does not contain " +
      "`{name}`. Without `{name}` each archive would replace the one before it. Nothing was " +
      "deleted.",
    steps: [
      [
        "Name a program that reads standard input, with `{name}` where the name of the archive " +
        "belongs.",
        "migrator background janitor --archive-command 'aws s3 cp - s3://bucket/{name}'",
      ],
    ],
    retry: "no",
  },
  "usage/sample-needs-yes": {
    title: "Running a sample on this server needs --yes",
    cause:
      "`background plan --sample` runs sub-batches and rolls them back. Meanwhile their rows " +
      "are locked, and dead rows stay until VACUUM. On a real server that has to be wanted. " +
      "Nothing was run.",
    steps: [
      [
        "Better: ask on a copy of the server, or without `--sample`.",
        "migrator background plan MIGRATION --db NAME",
      ],
      [
        "Where it may be done, add `--yes`.",
        "migrator background plan MIGRATION --sample 3 --yes --db NAME",
      ],
    ],
    retry: "no",
  },
} satisfies Partial<Record<CodeOf<"usage">, ErrorPage>>;
