/**
 * Writes what a command shows as one file for a browser, such as for a change request.
 *
 * @module
 */

import { batchedMain, batchedTitle } from "../../../page/batched_page.ts";
import { Html, html } from "../../../page/html.ts";
import { databasePanel } from "../../../page/overview_page.ts";
import { pageFile } from "../../../page/page_document.ts";
import { planMain, type PlanView } from "../../../page/plan_main.ts";
import { STYLE } from "../../../page/style.ts";
import type { Plan } from "../../../plan/plan.ts";
import type { Connector } from "../../../connection/session/session.ts";
import { Failure } from "../../../failure.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { replaceText } from "../../../runtime/replace_file.ts";
import { VERSION } from "../../../version.ts";
import type { Invocation } from "../../invocation/invocation.ts";
import { DatabaseReader } from "./database_reader.ts";
import { readBatchedView, readDatabaseView, type ServedDatabase } from "./read_views.ts";

/** Writes the state of databases, as `status` shows it. */
export async function writeStatusPage(
  invocation: Invocation,
  { file, databases }: { readonly file: string; readonly databases: readonly string[] },
): Promise<void> {
  const sections: Html[] = [];
  for (const name of databases) {
    const view = await reading(
      invocation,
      name,
      (database) => readDatabaseView(invocation, database),
    );
    sections.push(
      html`<section><h2>${name}</h2>${databasePanel(view, { isLinked: false })}</section>`,
    );
  }
  await write(invocation, { file, title: "Migrations", main: html`${sections}` });
}

/** Writes one batched migration, as `background show` shows it. */
export async function writeBatchedPage(
  invocation: Invocation,
  { file, database, id }: { readonly file: string; readonly database: string; readonly id: string },
): Promise<void> {
  const view = await reading(invocation, database, (one) => readBatchedView(one, id));
  if (view === undefined) return;
  await write(invocation, { file, title: batchedTitle(view), main: batchedMain(view, undefined) });
}

/** Writes plans, with the SQL of each step. */
export async function writePlanPage(
  invocation: Invocation,
  { file, plans }: { readonly file: string; readonly plans: readonly Plan[] },
): Promise<void> {
  const views: PlanView[] = [];
  for (const { database, steps } of plans) {
    views.push({
      database,
      steps: await Promise.all(steps.map(async ({ definition, direction, script }) => ({
        version: definition.version,
        name: definition.name,
        direction,
        path: script.path,
        transaction: script.transaction,
        sql: await script.read(),
      }))),
    });
  }
  await write(invocation, { file, title: "Plan", main: planMain(views) });
}

async function reading<T>(
  invocation: Invocation,
  name: string,
  read: (database: ServedDatabase) => Promise<T>,
): Promise<T> {
  const connector: Connector = await invocation.connector(name);
  const { signal } = invocation;
  const reader = new DatabaseReader({ name, connector, clock: systemClock, signal });
  try {
    return await read({ name, history: await invocation.history(name), reader });
  } finally {
    await reader.close();
  }
}

async function write(
  { output }: Invocation,
  { file, title, main }: { readonly file: string; readonly title: string; readonly main: Html },
): Promise<void> {
  const at = new Date(systemClock.now()).toISOString();
  const text = pageFile({ version: VERSION, at }, { title, main, style: new Html(STYLE) });
  try {
    await replaceText(file, text);
  } catch (cause) {
    throw new Failure("usage/system", `Writing ${file} was refused: ${(cause as Error).message}.`, {
      hint: "Name a file in a directory that you may write to: --html FILE",
      facts: { file },
      cause,
    });
  }
  output.print(`${file}: written`);
  output.record({ event: "page", file });
}
