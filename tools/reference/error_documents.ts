// Pure.
/**
 * `exit-codes.md`, `errors.md` and a page for each family of error codes.
 *
 * @module
 */

import { EXIT_STATUSES, meaningOf, REPEATABLE } from "../../src/cli/program/exit_statuses.ts";
import { CODES } from "../../src/cli/manual/find_error_pages.ts";
import { RETRY, SEEN } from "../../src/error_pages/error_page.ts";
import { ERROR_PAGES } from "../../src/error_pages/error_pages.ts";
import { type Code, exitOf, type Family, familyOf, GRAVITY } from "../../src/failure.ts";
import { anchor, blocks, code, inline, link, type Page, page, shell, table } from "./markdown.ts";

const FAMILIES = [...new Set(CODES.map(familyOf))];

export function exitCodesPage(): Page {
  const familiesWith = (statuses: readonly number[]) =>
    FAMILIES.filter((family) => codesOf(family).some((one) => statuses.includes(exitOf(one))));
  return page(
    {
      file: "exit-codes.md",
      title: "Exit codes",
      about: "what the exit status of a command says",
    },
    "Every command ends with one of these. They are only ever added to. What exactly was wrong is " +
      `told by the ${link("error code", "errors.md")} that is printed with it.`,
    table(
      ["status", "meaning", "error codes"],
      EXIT_STATUSES.map(([statuses, meaning]) => [
        statuses.join(", "),
        inline(meaning),
        familiesWith(statuses).map((family) => link(code(`${family}/…`), fileOf(family)))
          .join(", "),
      ]),
    ),
    REPEATABLE,
    "Where several databases fail, the exit status is the gravest one. From the gravest on: " +
      `${
        GRAVITY.join(", ")
      }. The record \`failed\` is that failure; the others are records \`failure\`.`,
  );
}

/** The list, and a page for each family. */
export function errorDocuments(): readonly Page[] {
  return [
    page(
      {
        file: "errors.md",
        title: "Error codes",
        about: "every error code, with its cause and what to do",
      },
      "A failure is printed as `error[CODE]: message`, and with `--json` as a line that has the " +
        "field `code`. Codes are stable: scripts may rely on them. The program shows the same pages, " +
        "without a network:",
      shell(["migrator help graph/cycle", "migrator help graph/", "migrator help errors"]),
      "In commands, `NAME` is a database, `VERSION` a migration and `MIGRATION` a batched migration.",
      ...FAMILIES.map((family) =>
        blocks(
          `## ${link(`${family}/…`, fileOf(family))}`,
          table(
            ["code", "meaning"],
            codesOf(family).map((one) => [
              link(code(one), `${fileOf(family)}${anchor(one)}`),
              inline(ERROR_PAGES[one].title),
            ]),
          ),
        )
      ),
    ),
    ...FAMILIES.map(familyPage),
  ];
}

function familyPage(family: Family): Page {
  const codes = codesOf(family);
  const statuses = [...new Set(codes.map(exitOf))];
  return page(
    {
      file: fileOf(family),
      title: `Error codes ${family}/…`,
      about: `the codes that begin with ${family}/`,
    },
    `Exit status ${
      statuses.map((one) => `${one} (${meaningOf(one)})`).join(" or ")
    }. All codes are ` +
      `listed in ${link("errors.md", "../errors.md")}.`,
    codes.map((one) => `- ${link(code(one), anchor(one))}: ${inline(ERROR_PAGES[one].title)}`)
      .join("\n"),
    ...codes.map(codeText),
  );
}

function codeText(one: Code): string {
  const { title, cause, steps, retry, seen } = ERROR_PAGES[one];
  return blocks(
    `## ${one}`,
    `**${inline(title)}.** ${inline(cause)}`,
    steps.map(([text, ...commands], index) => {
      const step = `${index + 1}. ${inline(text)}`;
      if (commands.length === 0) return step;
      const lines = shell(commands).split("\n").map((line) => `   ${line}`);
      return `${step}\n\n${lines.join("\n")}`;
    }).join("\n"),
    seen === undefined ? RETRY[retry] : SEEN[seen],
  );
}

function codesOf(family: Family): readonly Code[] {
  return CODES.filter((one) => familyOf(one) === family);
}

function fileOf(family: Family): string {
  return `errors/${family}.md`;
}
