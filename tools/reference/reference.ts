/**
 * All pages of the reference.
 *
 * @module
 */

import { buildProgram } from "../../src/cli/program.ts";
import { commandsPage } from "./commands_page.ts";
import { errorDocuments, exitCodesPage } from "./error_documents.ts";
import { eventsPage } from "./events_page.ts";
import { link, type Page, page } from "./markdown.ts";
import { metricsPage } from "./metrics_page.ts";
import { ruleDocuments } from "./rule_documents.ts";
import { settingsPage } from "./settings_page.ts";
import { tablesPage } from "./tables_page.ts";

/** The same program gives the same pages, byte for byte. The first one lists the others. */
export async function referencePages(): Promise<readonly Page[]> {
  const program = await buildProgram(() => {
    throw new Error("nothing is run");
  }, () => {});
  const pages = [
    commandsPage(program),
    exitCodesPage(),
    ...errorDocuments(),
    ...ruleDocuments(),
    settingsPage(),
    eventsPage(),
    tablesPage(),
    metricsPage(),
  ];
  return withList(await Promise.all(pages));
}

function withList(pages: readonly Page[]): readonly Page[] {
  const list = page(
    { file: "README.md", title: "Reference", about: "the list of these pages" },
    "What the program can do, rendered from the program itself: it is complete, and a test fails " +
      "when it is not up to date. For explanations read the other pages of the documentation.",
    pages.filter(({ file }) => !file.includes("/"))
      .map(({ file, title, about }) => `- ${link(title, file)}: ${about}`).join("\n"),
  );
  return [list, ...pages];
}
