/**
 * `completions`, and what its scripts call.
 *
 * @module
 */

import { basename } from "node:path";
import { Argument, type Command } from "commander";
import { executablePath } from "../../runtime/executable.ts";
import { completionScript, type Shell, SHELLS } from "../completion/completion_script.ts";
import type { GlobalOptions } from "../invocation/invocation.ts";
import { GROUPS, type StartInvocation, withExamples, withJson } from "../invocation/options.ts";

const INSTALL = `
To install it for everybody, or for yourself in ~/.bashrc or ~/.zshrc:
  bash  migrator completions bash > /etc/bash_completion.d/migrator
        source <(migrator completions bash)
  zsh   migrator completions zsh > /usr/local/share/zsh/site-functions/_migrator
        source <(migrator completions zsh)
  fish  migrator completions fish > /etc/fish/completions/migrator.fish
        migrator completions fish > ~/.config/fish/completions/migrator.fish`;

/** Prints a script that lets a shell complete the command line. */
export function completionsCommand(program: Command, begin: StartInvocation): void {
  const command = program.command("completions").helpGroup(GROUPS.other)
    .summary("print a completion script for a shell")
    .description(
      "Prints a script that makes a shell complete commands, options, files, and the " +
        "databases and versions of the migrations. It connects to no server. The script asks " +
        "this program for the words, so you need not install it again after an upgrade.",
    )
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS));
  withExamples(withJson(command).addHelpText("after", INSTALL), "migrator completions bash")
    .action(async (shell: Shell, options: GlobalOptions) => {
      const { output } = begin(options);
      const executable = executablePath();
      const text = await completionScript(shell, executable && basename(executable));
      output.document(text);
      output.finished({ shell, text });
    });
}

/** Answers those scripts. It prints no error: the user is typing. */
export function completeCommand(program: Command, begin: StartInvocation): void {
  program.command("__complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: readonly string[]) => {
      const { answer } = await import("../completion/answer.ts");
      const lines = await answer(program, { words, begin });
      // Tabs separate a word from what is said about it.
      begin({}).output.document(lines.join("\n"));
    });
}
