// Pure.
/**
 * Names of relations as statements write them.
 *
 * @module
 */

import type { Node, RangeVar } from "@pgsql/types";

/** A name, with its schema if the statement writes one. */
export interface RelationName {
  readonly schema?: string;
  readonly name: string;
}

/** The name of a relation in a statement. */
export function relationName({ schemaname, relname = "" }: RangeVar): RelationName {
  return { ...(schemaname === undefined ? {} : { schema: schemaname }), name: relname };
}

/** The name in a list of identifiers: `a.b` of a DROP or of a type. */
export function listedName(parts: readonly Node[] = []): RelationName {
  const texts = parts.flatMap((part) => "String" in part ? [part.String.sval ?? ""] : []);
  const [name = "", schema] = texts.toReversed();
  return { ...(schema === undefined ? {} : { schema }), name };
}

/** The same for two spellings of one relation: a name without a schema is one of `public`. */
export function relationKey({ schema = "public", name }: RelationName): string {
  return JSON.stringify([schema, name]);
}

/** The name for people: `orders`, `audit.orders`. */
export function relationLabel({ schema, name }: RelationName): string {
  return schema === undefined || schema === "public" ? name : `${schema}.${name}`;
}

/** The names that a DROP lists. */
export function droppedNames(objects: readonly Node[] = []): readonly RelationName[] {
  return objects.flatMap((object): readonly RelationName[] => {
    if ("List" in object) return [listedName(object.List.items)];
    if ("TypeName" in object) return [listedName(object.TypeName.names)];
    if ("ObjectWithArgs" in object) return [listedName(object.ObjectWithArgs.objname)];
    return "String" in object ? [listedName([object])] : [];
  });
}

/** The texts of a list of identifiers, such as the columns of a key. */
export function textsOf(nodes: readonly Node[] = []): readonly string[] {
  return nodes.flatMap((node) => "String" in node ? [node.String.sval ?? ""] : []);
}
