// Pure.
/**
 * `settings.md`: migrator.yaml, environment variables, files, and libpq's parameters.
 *
 * @module
 */

import { FILES, VARIABLES } from "../../src/cli/manual/environment.ts";
import { PARAMETERS } from "../../src/connection/settings/parameters.ts";
import { REFUSALS } from "../../src/connection/settings/unsupported_parameters.ts";
import { KEY_NAMES, KEYS, type KeySpec } from "../../src/config/keys.ts";
import { code, contents, inline, link, type Page, page, table } from "./markdown.ts";

const SECTIONS = ["migrator.yaml", "Environment variables", "Files", "Connection parameters"];

export function settingsPage(): Page {
  return page(
    {
      file: "settings.md",
      title: "Settings",
      about: "the keys of migrator.yaml, environment variables, files and connection parameters",
    },
    "An option of the command line counts before an environment variable, and that before " +
      "migrator.yaml. `migrator config` shows what holds, and where each value comes from. Options " +
      `are in ${link("commands.md", "commands.md")}.`,
    contents(SECTIONS),
    `## ${SECTIONS[0]}`,
    "The file lies in the current directory, or is named by `--config`. A key of each database " +
      "stands at the left margin for all of them, or under `databases: { NAME: … }` for one. Values " +
      "may hold `${NAME}` and `${NAME:-default}`. `migrator config --schema` prints a JSON Schema " +
      "for editors.",
    table(
      ["key", "for", "meaning", "value"],
      KEY_NAMES.map((name) => {
        const { where, says, valueType, list, isMapping }: KeySpec<unknown> = KEYS[name];
        return [
          code(name),
          where === "top" ? "the project" : "each database",
          inline(says),
          `${isMapping ? "A list or a mapping. " : list ? "A list. " : ""}${
            inline(valueType.wants)
          }`,
        ];
      }),
    ),
    `## ${SECTIONS[1]}`,
    table(
      ["variable", "meaning"],
      VARIABLES.map(([names, about]) => [named(names), inline(about)]),
    ),
    `## ${SECTIONS[2]}`,
    table(["file", "meaning"], FILES.map(([names, about]) => [named(names), inline(about)])),
    `## ${SECTIONS[3]}`,
    "What a URL or a keyword string may hold, with the variable that says the same. They mean what " +
      "PostgreSQL's client library means by them. With a database's name in capitals in front, such " +
      "as `SHOP_PGHOST`, a variable holds for that database alone. What cannot be honoured is " +
      `refused with ${
        link(code("settings/unsupported"), "errors/settings.md#settingsunsupported")
      }.`,
    table(
      ["parameter", "variable", "remark"],
      Object.entries(PARAMETERS).map(([name, variable]) => {
        const refusal = REFUSALS[name as keyof typeof PARAMETERS];
        return [
          code(name),
          variable === null ? "" : code(`PG${variable}`),
          refusal === undefined ? "" : inline(`Refused where it would matter: ${refusal.reason}.`),
        ];
      }),
    ),
  );
}

/** Names as they are typed; what follows them in words stays words. */
function named(names: string): string {
  return names.split(", ").map((one) => one.includes(" ") ? one : code(one)).join(", ");
}
