/**
 * `help`
 *
 * @module
 */

import type { Command } from "commander";
import { innerCommand } from "../program/command_tree.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import type { Output } from "../output/output.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";
import { unknownCode, unknownCommand } from "../program/usage.ts";

/** Shows how a command is used. */
export function helpCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("help").helpGroup(GROUPS.other)
    .summary("show help for a command, an error code or a rule")
    .description(
      "Shows the options of a command, with examples. Without a command, lists all commands. Or " +
        "shows what an error code means and what to do: graph/cycle, its last part alone, graph/ " +
        "for all codes of a family, or the word errors for a list of all. Or shows a rule of lint: " +
        "drop-column, or lint/ for a list of all.",
    )
    .argument("[command...]", "a command, an error code, or a rule of lint")
    .option("--man", "print the manual page of all commands, for man");
  withExamples(
    withJson(command),
    "migrator help up",
    "migrator help log add",
    "migrator help graph/cycle",
    "migrator help errors",
    "migrator help drop-column",
    "migrator help --man | man -l -",
  )
    .action(async (words: readonly string[], options: GlobalOptions & { man?: boolean }) => {
      const { output } = begin(options);
      if (options.man) {
        const { manualPage } = await import("../manual/manual_page.ts");
        const text = manualPage(program);
        output.document(text);
        return output.finished({ text });
      }
      const [word] = words;
      if (words.length > 0 && await helpWithRules(words, output)) return;
      if (word !== undefined && innerCommand(program, word) === undefined) {
        return await helpWithErrors(words, { output, program });
      }
      words.reduce(withinOrThrow, program).help();
    });
}

/** Shows the pages of rules of `lint`, where each word names one; else does nothing. */
async function helpWithRules(words: readonly string[], output: Output): Promise<boolean> {
  // The rules are a hundred files, which help for a command does not need.
  if (!words.every((word) => /-|^lint\//.test(word))) return false;
  const { ruleFields, ruleList, rulePageText, rulesMeant } = await import("../manual/rule_text.ts");
  const meant = words.map(rulesMeant);
  if (meant.some((rules) => rules.length === 0)) return false;
  const rules = meant.flat();
  const text = rules.length > MOST_PAGES
    ? ruleList(rules)
    : rules.map((rule) => rulePageText(rule, output.style)).join("\n\n");
  output.print(...text.split("\n"));
  output.finished({ text, rules: rules.map(ruleFields) });
  return true;
}

/**
 * Shows the pages of error codes; a list when there are more than a few.
 *
 * @throws {Failure} `usage/unknown-command`, `usage/unknown-code`.
 */
async function helpWithErrors(
  words: readonly string[],
  { output, program }: { readonly output: Output; readonly program: Command },
): Promise<void> {
  const { codesMeant, suggestCode } = await import("../manual/find_error_pages.ts");
  const { errorFields, errorList, errorPageText } = await import("../manual/error_text.ts");
  const codes = words.flatMap((word) => {
    const meant = codesMeant(word);
    if (meant.length > 0) return meant;
    const near = suggestCode(word);
    if (!word.includes("/") && near === undefined) {
      throw unknownCommand(word, { program, rest: [] });
    }
    throw unknownCode(word, near);
  });
  const isList = codes.length > MOST_PAGES;
  const pages = isList
    ? [errorList(codes)]
    : codes.map((code) => errorPageText(code, output.style));
  const text = pages.join("\n\n");
  output.print(...text.split("\n"));
  output.finished({ text, pages: codes.map(errorFields) });
}

/** More matches than this are shown as a list. */
const MOST_PAGES = 4;

function withinOrThrow(program: Command, word: string): Command {
  const inner = innerCommand(program, word);
  if (inner === undefined) throw unknownCommand(word, { program, rest: [] });
  return inner;
}
