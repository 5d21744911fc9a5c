// Pure.
/**
 * What a rule may know besides the statement.
 *
 * @module
 */

import type { KnownSchema, Standing } from "./known_schema.ts";
import type { LintedScript } from "./linted_script.ts";
import type { RelationName } from "./relation_name.ts";

/** The surroundings of a statement. */
export class Scope {
  readonly script: LintedScript;
  readonly schema: KnownSchema;
  /** The schema after all migrations, also those that are not linted. */
  readonly final: KnownSchema;
  /** Where the script stands among the others. */
  readonly standing: Standing;
  /** The oldest major release of PostgreSQL that the project supports. */
  readonly oldest: number;

  constructor(
    { script, schema, final, standing, oldest }: {
      readonly script: LintedScript;
      readonly schema: KnownSchema;
      readonly final: KnownSchema;
      readonly standing: Standing;
      readonly oldest: number;
    },
  ) {
    this.script = script;
    this.schema = schema;
    this.final = final;
    this.standing = standing;
    this.oldest = oldest;
  }

  /**
   * Whether a table may hold many rows and be in use when the script runs. A table that no migration
   * creates is taken to be there.
   */
  readonly isLive = (name: RelationName): boolean => {
    if (name.schema === "pg_temp") return false;
    const table = this.schema.table(name) ?? this.schema.droppedTable(name);
    if (table === undefined) return true;
    return table.kind !== "temporary" && table.kind !== "view" &&
      table.release !== this.standing.release;
  };

  /** Whether the same release creates a relation, of whatever kind. */
  isNew(name: RelationName): boolean {
    const table = this.schema.table(name) ?? this.schema.droppedTable(name);
    return table?.release === this.standing.release;
  }

  /** Whether a relation is a view, as far as the texts show it. */
  isView(name: RelationName): boolean {
    return this.schema.table(name)?.kind === "view";
  }

  get isInTransaction(): boolean {
    return this.script.transaction === "single";
  }
}
