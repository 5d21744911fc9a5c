/**
 * Which statement made each object of a shadow.
 *
 * A server gives oids in ascending order, so an object was made by the statement after which the next oid
 * was first larger than its own. A large object that is made and removed at once tells the next oid.
 *
 * @module
 */

import type { Session } from "../connection/session/session.ts";
import type { Definition, Direction } from "../definition/migration/definition.ts";
import type { Place } from "../failure.ts";

/** A statement of a migration. */
export interface Origin {
  readonly definition: Definition;
  readonly direction: Direction;
  readonly place: Place;
}

const NEXT_OID = `SELECT made.oid, pg_catalog.lo_unlink(made.oid)
  FROM (SELECT pg_catalog.lo_create(0) AS oid OFFSET 0) AS made`;

/** Is told of each statement, in order; knows nothing of what was there before the first. */
export class OriginLog {
  readonly #marks: { readonly below: number; readonly origin: Origin | undefined }[] = [];

  readonly #exceptions = new Map<number, Origin>();

  /**
   * Notes that everything made since the last call was made by this statement; undefined: by nobody's.
   *
   * @throws {SqlError} What the server refused.
   */
  async mark(session: Session, origin: Origin | undefined): Promise<void> {
    const { rows } = await session.query(NEXT_OID);
    this.#marks.push({ below: Number(rows[0]!["oid"]), origin });
  }

  /** Notes that one object counts as made by this statement, whoever made it. */
  set(oid: number, origin: Origin): void {
    this.#exceptions.set(oid, origin);
  }

  /** Who made the object with this oid. */
  originOf(oid: number): Origin | undefined {
    const exception = this.#exceptions.get(oid);
    if (exception !== undefined) return exception;
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#marks[middle]!.below > oid) high = middle;
      else low = middle + 1;
    }
    return this.#marks[low]?.origin;
  }
}
