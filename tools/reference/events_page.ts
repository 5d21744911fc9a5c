// Pure.
/**
 * `events.md`: every record of `--json`.
 *
 * @module
 */

import { AUTHOR_RECORDS } from "./author_records.ts";
import { BACKGROUND_COMMAND_RECORDS } from "./background_command_records.ts";
import { BACKGROUND_RECORDS } from "./background_records.ts";
import { COMMAND_RECORDS } from "./command_records.ts";
import { LAST_RECORDS } from "./last_records.ts";
import { blocks, code, contents, inline, link, type Page, page, table } from "./markdown.ts";
import { fieldsOf, type RecordKind } from "./record.ts";
import { RUN_RECORDS } from "./run_records.ts";

const SECTIONS: readonly (readonly [heading: string, kinds: readonly RecordKind[]])[] = [
  ["The last line", LAST_RECORDS],
  ["Results", COMMAND_RECORDS],
  ["Results about files and schemas", AUTHOR_RECORDS],
  ["Results about batched migrations", BACKGROUND_COMMAND_RECORDS],
  ["While migrations run", RUN_RECORDS],
  ["While batched migrations are worked on", BACKGROUND_RECORDS],
];

export function eventsPage(): Page {
  return page(
    {
      file: "events.md",
      title: "Events",
      about: "every line of --json, with its fields",
    },
    "With `--json`, a command prints one JSON object per line on standard output, and nothing else. " +
      "The field `event` says what a line is. The last line is `finished` or `failed`. Fields are " +
      "only ever added, so ignore those that you do not know. Versions are strings, because they may " +
      "be larger than 2^53. Times are ISO 8601, durations milliseconds unless the name says " +
      "otherwise.",
    "With `--log-format json` or `LOG_FORMAT=json`, the same objects are printed on standard error, " +
      "with the fields `time` and `level` in front, while results are printed for people on standard " +
      "output. Loggers of the library are given the same objects.",
    contents(SECTIONS.map(([heading]) => heading)),
    ...SECTIONS.map(([heading, kinds]) => blocks(`## ${heading}`, ...kinds.map(kindText))),
  );
}

function kindText({ events, commands, says, fields }: RecordKind): string {
  const by = commands.length === 0 ? "" : ` Printed by ${commands.map(code).join(", ")}.`;
  return blocks(
    `### ${events.join(", ")}${commands.length === 0 ? "" : ` (${commands.join(", ")})`}`,
    inline(says) + by,
    table(
      ["field", "type", "meaning"],
      fieldsOf(fields).map(({ name, types, isOptional, says }) => [
        code(name),
        `${types.join(" or ")}${isOptional ? ", may be absent" : ""}`,
        name === "code" ? `${inline(says)} See ${link("error codes", "errors.md")}.` : inline(says),
      ]),
    ),
  );
}
