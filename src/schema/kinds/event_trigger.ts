// Pure.
/**
 * Event triggers.
 *
 * @module
 */

import { quoteLiteral } from "../../sql/identifier.ts";
import { quoteIfNeeded } from "../../sql/quote_if_needed.ts";
import { type Enabled, enabledState, enabledWords } from "../model/firing.ts";
import type { Kind } from "../model/kind.ts";
import { isNoMember } from "../model/reading.ts";
import type { SchemaObject } from "../model/schema.ts";

export interface EventTrigger extends SchemaObject {
  readonly kind: "event trigger";
  readonly event: string;
  /** Commands that it fires for; absent: all. */
  readonly tags?: readonly string[];
  readonly function: string;
  readonly enabled?: Enabled;
}

export const eventTriggerKind: Kind<EventTrigger> = {
  kind: "event trigger",
  query: () =>
    `SELECT e.tableoid AS class, e.oid, json_strip_nulls(json_build_object(
      'name', e.evtname, 'owner', pg_get_userbyid(e.evtowner), 'event', e.evtevent,
      'tags', e.evttags, 'function', e.evtfoid::regproc::text,
      'enabled', ${enabledState("e.evtenabled")})) AS object
    FROM pg_event_trigger AS e WHERE ${isNoMember("pg_event_trigger", "e.oid")}`,
  address: ({ name }) => `EVENT TRIGGER ${quoteIfNeeded(name)}`,
  create: ({ name, event, tags, function: called, enabled }) => [
    `CREATE EVENT TRIGGER ${quoteIfNeeded(name)} ON ${event}` +
    (tags === undefined ? "" : ` WHEN TAG IN (${tags.map(quoteLiteral).join(", ")})`) +
    ` EXECUTE FUNCTION ${called}()`,
    ...(enabled === undefined
      ? []
      : [`ALTER EVENT TRIGGER ${quoteIfNeeded(name)} ${enabledWords(enabled)}`]),
  ],
};
