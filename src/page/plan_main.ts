// Pure.
/**
 * The main part of a page about a plan: each step in order, with its SQL.
 *
 * @module
 */

import { type Html, html } from "./html.ts";
import { preformatted } from "./texts.ts";

/** The plan of one database. */
export interface PlanView {
  readonly database: string;
  readonly steps: readonly PlannedStep[];
}

/** One step, and the text that it runs. */
export interface PlannedStep {
  readonly version: bigint;
  readonly name: string;
  readonly direction: "up" | "down";
  /** The file, for people. */
  readonly path: string;
  readonly sql: string;
  readonly transaction: string;
}

/** The steps of all databases. */
export function planMain(plans: readonly PlanView[]): Html {
  return html`${plans.map(planSection)}`;
}

function planSection({ database, steps }: PlanView): Html {
  return html`
    <section>
      <h2>${database}</h2>
      <p>${steps.length === 0 ? "Nothing to do." : `To run: ${steps.length}`}</p>
      <ol>${steps.map(stepItem)}</ol>
    </section>
  `;
}

function stepItem({ version, name, direction, path, sql, transaction }: PlannedStep): Html {
  const outside = transaction === "none" ? " · outside a transaction" : "";
  return html`
    <li><strong>${direction} ${version} ${name}</strong> <small>${path}${outside}</small>
    <details><summary>SQL of ${version}</summary>${preformatted(
      sql,
      `SQL of ${version}`,
    )}</details></li>
  `;
}
