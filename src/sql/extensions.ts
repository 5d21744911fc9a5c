/**
 * Finds the extensions that a script creates and drops.
 *
 * @module
 */

import type { Node } from "@pgsql/types";
import { parseStatements } from "./script_statements.ts";

/** The effect of a script on extensions. */
export interface ExtensionScript {
  /** By extension: true when it exists after the script, false when it does not. */
  readonly leaves: ReadonlyMap<string, boolean>;
  /**
   * True when the script only creates extensions in the schemas that search_path names, and
   * comments on them. It then needs nothing that other migrations create, and can run before them.
   */
  readonly standsAlone: boolean;
}

/** @throws {SyntaxProblem} */
export async function extensionScript(text: string): Promise<ExtensionScript> {
  const leaves = new Map<string, boolean>();
  let standsAlone = true;
  for (const { node } of await parseStatements(text)) {
    const created = createdBy(node);
    if (created !== undefined) leaves.set(created.name, true);
    for (const name of droppedBy(node)) leaves.set(name, false);
    const isComment = "CommentStmt" in node && node.CommentStmt.objtype === "OBJECT_EXTENSION";
    standsAlone &&= created?.anywhere === true || isComment || isTransaction(node);
  }
  return { leaves, standsAlone };
}

function createdBy(node: Node): { readonly name: string; readonly anywhere: boolean } | undefined {
  if (!("CreateExtensionStmt" in node)) return undefined;
  const { extname = "", options = [] } = node.CreateExtensionStmt;
  const anywhere = !options.some((one) => "DefElem" in one && one.DefElem.defname === "schema");
  return { name: extname, anywhere };
}

function droppedBy(node: Node): readonly string[] {
  if (!("DropStmt" in node) || node.DropStmt.removeType !== "OBJECT_EXTENSION") return [];
  return (node.DropStmt.objects ?? []).flatMap((one) =>
    "String" in one && one.String.sval ? [one.String.sval] : []
  );
}

/** A BEGIN or COMMIT that wraps a whole file. */
function isTransaction(node: Node): boolean {
  return "TransactionStmt" in node;
}
