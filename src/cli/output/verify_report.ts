// Pure.
/**
 * The results of `verify` in the formats of other programs.
 *
 * @module
 */

import { join } from "node:path/posix";
import type { Place } from "../../failure.ts";
import type { Annotation, ExaminedCase } from "../../report/annotation.ts";
import type { Verification } from "../../verify/verify_migrations.ts";
import type { OrderVerification } from "../../verify/verify_orders.ts";
import { DIFFERENT, REFUSED, rowText, scriptOf, wordsOf } from "./verify_lines.ts";

/** One result of `verify`. */
export type VerifiedCase =
  | { readonly migration: Verification }
  | { readonly order: OrderVerification; readonly number: number };

/**
 * The case of a result. Each object that differs is an annotation where the script is that is at fault.
 *
 * @param options.folder Where the database's files are, from the current directory: `migrations/shop`.
 */
export function examinedCase(
  result: VerifiedCase,
  { database, folder }: { readonly database: string; readonly folder: string },
): ExaminedCase {
  // Paths of scripts begin with the name of the database.
  const pathOf = (file: string) => join(folder, file.slice(database.length + 1));
  const annotation = annotationWith(pathOf);
  if ("order" in result) {
    const file = result.order.order[0]?.up.path ?? database;
    return {
      group: database,
      name: `order ${result.number}`,
      file: pathOf(file),
      annotations: orderFindings(result.order, file).map(annotation),
    };
  }
  const { definition } = result.migration;
  return {
    group: database,
    name: `${definition.version} ${definition.name}`.trimEnd(),
    file: pathOf(definition.up.path),
    annotations: findings(result.migration).map(annotation),
  };
}

interface Finding {
  readonly code: string;
  readonly title: string;
  readonly message: string;
  readonly place: Place;
}

function findings(verification: Verification): readonly Finding[] {
  const { definition } = verification;
  const own = { file: definition.up.path };
  switch (verification.kind) {
    case "reversible":
    case "irreversible":
      return [];
    case "refused": {
      const { when, failure } = verification;
      const place = failure.place ?? own;
      return [{ code: `${when}-refused`, title: REFUSED[when], message: failure.message, place }];
    }
    case "different": {
      const { when, differences, rows } = verification;
      const place = scriptOf(verification) ?? own;
      const title = DIFFERENT[when];
      const words = { ...wordsOf(when), different: "is different" };
      return [
        ...differences.map(({ difference, origin }) => ({
          code: `${when}-schema`,
          title,
          message: `${difference.address} ${words[difference.change]}`,
          // What is left behind was made there.
          place: difference.change === "extra" && origin !== undefined ? origin.place : place,
        })),
        ...rows.map((row) => ({ code: `${when}-rows`, title, message: rowText(row), place })),
      ];
    }
  }
}

function orderFindings(verification: OrderVerification, file: string): readonly Finding[] {
  const title = "another order of the graph is not the same";
  switch (verification.kind) {
    case "same":
      return [];
    case "refused": {
      const { message, place } = verification.failure;
      return [{ code: "order-refused", title, message, place: place ?? { file } }];
    }
    case "different":
      return verification.differences.map(({ change, address }) => ({
        code: "order-schema",
        title,
        message: `${address} is ${change} in another order`,
        place: { file },
      }));
  }
}

function annotationWith(pathOf: (file: string) => string): (finding: Finding) => Annotation {
  return ({ code, title, message, place: { file, line = 1, column = 1 } }) => ({
    ...{ code, title, message, line, column },
    severity: "error",
    file: pathOf(file),
    endLine: line,
    endColumn: column,
  });
}
