/**
 * The family of an administrator's objects. Where migrator refuses them, its hint is obeyed to the
 * letter, and the database must be well afterwards.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type Finished, runMigrator } from "../support/command.ts";
import { type DbaObject, PREPARE } from "./objects/dba_object.ts";
import { EVENT_TRIGGERS } from "./objects/event_triggers.ts";
import { GRANTS } from "./objects/grants.ts";
import { ON_TABLES } from "./objects/on_tables.ts";
import { SURROUNDINGS } from "./objects/surroundings.ts";
import { drawn, type Family, type Survival } from "./family.ts";
import type { Lab } from "./lab.ts";
import {
  bringUp,
  endOf,
  mustAdviseNoHarm,
  mustBeWhole,
  mustHaveHistory,
  mustTellTheTruth,
  PATIENCE,
  shown,
  type Subject,
} from "./oracle.ts";
import { ownedByRole, roleOf } from "./role.ts";

const DBA_OBJECTS = [...EVENT_TRIGGERS, ...GRANTS, ...ON_TABLES, ...SURROUNDINGS];

export const OBJECTS: Family = {
  name: "objects",
  what: "an administrator's triggers, grants, rules, constraints, and names that shadow others",
  atOnce: 2,
  choose: ({ server: { major } }, choice) => {
    const possible = DBA_OBJECTS.map((object, index) => ({ object, number: index + 1 }))
      .filter(({ object: { since = 13 } }) => since <= major);
    return drawn(possible, choice).map(({ object, number }) => ({
      number,
      name: object.name,
      strike: (lab) => strike(lab, object),
    }));
  },
};

function strike(lab: Lab, object: DbaObject): Promise<Survival> {
  return lab.withSubject(async (found) => {
    const subject = object.runner === "owner" ? await ownedByRole(found) : found;
    const { server, database, directory, url = server.url(database) } = subject;
    const run = (...args: readonly string[]) =>
      runMigrator([...args, "--json", "--migrations", directory, "--database-url", url], {
        timeout: 2 * PATIENCE,
      });
    const sql = (text: string) => server.sql(database, filledIn(text, subject));
    await sql(PREPARE);
    if (!object.isFirst) {
      const first = await run("up", "--db", "app", "--target", "5");
      assert.equal(first.status, 0, shown(first));
    }
    await sql(object.sql);
    // A run waits that long for a connection beyond the limit of its role.
    const ended = await run("up", "--lock-wait", "20s");
    await Promise.all(["status", "doctor", "plan"].map(async (command) => {
      mustStandIt(command, await run(command));
    }));
    const ends = object.ends ?? 0;
    if (object.undo !== undefined) await sql(object.undo);
    if (ends !== 0) await obey(ended, { sql, object, again: () => run("up") });
    await mustTellTheTruth(subject, { ended, allowed: { statuses: [ends] } });
    const mending = await bringUp(subject);
    if (object.changesContents) await mustHaveHistory(subject);
    else await mustBeWhole(subject);
    return { mending: ends === 0 ? mending : "person", ended: endOf(ended), hit: true, lost: 0 };
  });
}

/**
 * Does what the failure says, each statement of it, and again what the next failure says; or what a
 * person would think of.
 */
async function obey(
  ended: Finished,
  { sql, object, again }: {
    readonly sql: (text: string) => Promise<unknown>;
    readonly object: DbaObject;
    readonly again: () => Promise<Finished>;
  },
): Promise<void> {
  if (object.cure !== undefined) {
    await sql(object.cure);
    return;
  }
  for (let failed = ended, round = 0; failed.status !== 0; failed = await again(), round++) {
    mustAdviseNoHarm(failed);
    const { facts } = failed.json().at(-1) as unknown as { readonly facts: Facts };
    const statements = [
      ...(facts.found ?? []).flatMap(({ removal }) => removal ?? []),
      ...(facts.grants ?? []),
    ];
    assert.ok(statements.length > 0 && round < 3, `no way out: ${shown(failed)}`);
    for (const statement of statements) await sql(statement);
  }
}

/** What failures say for programs about their own way out. */
interface Facts {
  readonly found?: readonly { readonly removal: string | null }[];
  readonly grants?: readonly string[];
}

/** What only looks ends with a result, or a failure that is no defect and does no harm if obeyed. */
function mustStandIt(command: string, ended: Finished): void {
  mustAdviseNoHarm(ended);
  assert.ok([0, 1, 3, 5, 7].includes(ended.status ?? -1), `${command}: ${shown(ended)}`);
}

function filledIn(text: string, { database }: Subject): string {
  return text.replaceAll("{owner}", roleOf(database)).replaceAll("{database}", database)
    .replaceAll("{other}", `other_${database}`);
}
