// Pure.
/**
 * Every kind of object, in the order in which schemas list them. Where nothing else decides, objects are
 * created in this order.
 *
 * @module
 */

import { quoteIfNeeded, quoteQualifiedIfNeeded } from "../sql/quote_if_needed.ts";
import type { Kind } from "./model/kind.ts";
import { accessMethodKind } from "./kinds/access_method.ts";
import { aggregateKind } from "./kinds/aggregate.ts";
import { baseTypeKind } from "./kinds/base_type.ts";
import { castKind } from "./kinds/cast.ts";
import { collationKind } from "./kinds/collation.ts";
import { compositeTypeKind } from "./kinds/composite_type.ts";
import { constraintKind } from "./kinds/constraint.ts";
import { conversionKind } from "./kinds/conversion.ts";
import { defaultKind } from "./kinds/default.ts";
import { defaultPrivilegesKind } from "./kinds/default_privileges.ts";
import { domainKind } from "./kinds/domain.ts";
import { enumKind } from "./kinds/enum.ts";
import { eventTriggerKind } from "./kinds/event_trigger.ts";
import { extensionKind } from "./kinds/extension.ts";
import {
  foreignDataWrapperKind,
  foreignServerKind,
  userMappingKind,
} from "./kinds/foreign_data.ts";
import { functionKind } from "./kinds/function.ts";
import { indexKind } from "./kinds/table_index.ts";
import { languageKind } from "./kinds/language.ts";
import { operatorKind } from "./kinds/operator.ts";
import {
  operatorClassKind,
  operatorFamilyKind,
  operatorFamilyMembersKind,
} from "./kinds/operator_family.ts";
import { policyKind } from "./kinds/policy.ts";
import { publicationKind } from "./kinds/publication.ts";
import { rangeKind } from "./kinds/range.ts";
import { ruleKind } from "./kinds/rule.ts";
import { schemaKind } from "./kinds/schema.ts";
import { sequenceKind } from "./kinds/sequence.ts";
import { statisticsKind } from "./kinds/statistics.ts";
import { subscriptionKind } from "./kinds/subscription.ts";
import { foreignTableKind, tableKind } from "./kinds/table.ts";
import {
  textSearchConfigurationKind,
  textSearchDictionaryKind,
  textSearchParserKind,
  textSearchTemplateKind,
} from "./kinds/text_search.ts";
import { transformKind } from "./kinds/transform.ts";
import { triggerKind } from "./kinds/trigger.ts";
import { materializedViewKind, viewKind } from "./kinds/view.ts";
import type { InSchema, SchemaObject } from "./model/schema.ts";

export const KINDS: readonly Kind[] = [
  schemaKind,
  extensionKind,
  languageKind,
  accessMethodKind,
  collationKind,
  conversionKind,
  enumKind,
  compositeTypeKind,
  baseTypeKind,
  rangeKind,
  domainKind,
  functionKind,
  aggregateKind,
  operatorKind,
  operatorFamilyKind,
  operatorClassKind,
  operatorFamilyMembersKind,
  castKind,
  transformKind,
  textSearchParserKind,
  textSearchTemplateKind,
  textSearchDictionaryKind,
  textSearchConfigurationKind,
  foreignDataWrapperKind,
  foreignServerKind,
  userMappingKind,
  tableKind,
  foreignTableKind,
  sequenceKind,
  defaultKind,
  viewKind,
  materializedViewKind,
  indexKind,
  constraintKind,
  statisticsKind,
  ruleKind,
  triggerKind,
  policyKind,
  eventTriggerKind,
  publicationKind,
  subscriptionKind,
  defaultPrivilegesKind,
];

const BY_NAME = new Map<string, Kind>(KINDS.map((kind) => [kind.kind, kind]));

/** @throws {TypeError} For a kind that this program does not know. */
export function kindOf({ kind }: Pick<SchemaObject, "kind">): Kind {
  const found = BY_NAME.get(kind);
  if (found === undefined) throw new TypeError(`There is no kind of object called ${kind}.`);
  return found;
}

/** What identifies an object in its schema: `TABLE public.orders`. */
export function addressOf(object: SchemaObject): string {
  return kindOf(object).address(object);
}

/** What identifies a column of a relation or of a composite type: `COLUMN public.orders.id`. */
export function columnAddress(
  relation: { readonly schema: string; readonly name: string },
  column: string,
): string {
  return `COLUMN ${quoteQualifiedIfNeeded(relation)}.${quoteIfNeeded(column)}`;
}

/** The address of the schema that an object lives in: `SCHEMA public`; undefined for none. */
export function ownSchema(object: SchemaObject): string | undefined {
  const { schema } = object as SchemaObject & Partial<InSchema>;
  return schema === undefined ? undefined : `SCHEMA ${quoteIfNeeded(schema)}`;
}
