/**
 * Draws key ranges of sub-batches, spread over the whole table, without scanning it.
 *
 * @module
 */

import type { Session } from "../../connection/session/session.ts";
import { askStrategy } from "../state/background_transaction.ts";
import { asCursor, columnsOf, orderBy, SCANNED_ROW } from "../strategy/key.ts";
import type { Cursor, KeyRange } from "../strategy/strategy.ts";
import type { ScannedRelation } from "./relations.ts";

/** The start of a sample in a scanned relation. */
export interface SampleRange {
  readonly scanned: ScannedRelation;
  readonly after: Cursor | undefined;
  /** The start of the next sample, or the end of the relation. */
  readonly until: Cursor;
}

/** Blocks from which keys are drawn: enough to cover the table, few enough to be read at once. */
const DRAWN_BLOCKS = 400;

/** The default block size in bytes. */
const BLOCK = 8_192;

/**
 * Draws `count` starts, in the order of the key. Each relation gets its share by size. There are
 * fewer if there are fewer rows.
 *
 * @throws {SqlError} The server refused a query.
 */
export async function drawSampleRanges(
  session: Session,
  { relations, count }: { readonly relations: readonly ScannedRelation[]; readonly count: number },
): Promise<readonly SampleRange[]> {
  const sampleRanges: SampleRange[] = [];
  for (const { scanned, share } of shares(relations, count)) {
    const [extent] = await ask(session, scanned.strategy.extent(scanned.scan));
    if (extent?.["last"] == null) continue;
    const last = JSON.parse(extent["last"]) as Cursor;
    const drawn = scanned.scan.key.length === 0
      ? evenly(Number(last[0]), share)
      : await drawKeys(session, { scanned, count: share });
    const starts: readonly (Cursor | undefined)[] = drawn.length > 0 ? drawn : [undefined];
    starts.forEach((after, index) => {
      sampleRanges.push({ scanned, after, until: starts[index + 1] ?? last });
    });
  }
  return sampleRanges;
}

/** The range of a sample's sub-batch. */
export interface FoundRange {
  readonly range: KeyRange;
  /** False if the next start or the end comes first, so that it has fewer units than requested. */
  readonly isWhole: boolean;
}

/**
 * Finds the sub-batch at a start.
 *
 * @returns Undefined if there are no rows up to the next start.
 * @throws {SqlError} The server refused a query.
 */
export async function rangeAt(
  session: Session,
  { sampleRange: { scanned, after, until }, size }: {
    readonly sampleRange: SampleRange;
    readonly size: number;
  },
): Promise<FoundRange | undefined> {
  const { strategy, scan } = scanned;
  const [row] = await ask(session, strategy.bound(scan, { after, until, size, first: true }));
  if (row?.["first"] == null) return undefined;
  const last = row["last"];
  return {
    range: { after, until: last == null ? until : JSON.parse(last) as Cursor },
    isWhole: last != null,
  };
}

async function ask(session: Session, query: string) {
  return (await session.query(askStrategy(query))).rows;
}

/** Distributes the count by size, with the largest remainder method. */
function shares(
  relations: readonly ScannedRelation[],
  count: number,
): readonly { readonly scanned: ScannedRelation; readonly share: number }[] {
  const total = relations.reduce((sum, { bytes }) => sum + bytes, 0);
  const exact = relations.map((scanned) => {
    const part = total === 0 ? count / relations.length : count * scanned.bytes / total;
    return { scanned, share: Math.floor(part), rest: part - Math.floor(part) };
  });
  let left = count - exact.reduce((sum, { share }) => sum + share, 0);
  for (const one of [...exact].sort((a, b) => b.rest - a.rest)) {
    if (left-- > 0) one.share++;
  }
  return exact.filter(({ share }) => share > 0);
}

function evenly(last: number, count: number): readonly Cursor[] {
  const blocks = Array.from(
    { length: count },
    (_, index) => Math.floor((last + 1) * (2 * index + 1) / (2 * count)) - 1,
  );
  return [...new Set(blocks)].filter((block) => block >= 0).map((block) => [String(block)]);
}

/** Draws keys from random blocks, and returns those that divide them into equal shares. */
async function drawKeys(
  session: Session,
  { scanned: { scan, bytes }, count }: {
    readonly scanned: ScannedRelation;
    readonly count: number;
  },
): Promise<readonly Cursor[]> {
  const { relation, key, filter } = scan;
  const columns = columnsOf(key, SCANNED_ROW);
  const percent = Math.min(100, 100 * DRAWN_BLOCKS * BLOCK / Math.max(bytes, 1));
  const where = filter ? ` WHERE (${filter(SCANNED_ROW)})` : "";
  const order = orderBy(columns);
  const rows = await session.query(
    // The drawn rows need a sort.
    askStrategy(
      `SELECT DISTINCT ON (n) drawn.key
      FROM (
        SELECT ${asCursor(key, columns)} AS key,
          pg_catalog.row_number() OVER (${order}) AS n,
          pg_catalog.count(*) OVER () AS total
        FROM ONLY ${relation} AS ${SCANNED_ROW} TABLESAMPLE SYSTEM (${percent}) REPEATABLE (1)
        ${where}
      ) AS drawn
      CROSS JOIN pg_catalog.generate_series(1, ${count}) AS part
      WHERE n OPERATOR(pg_catalog.=) (
        (total OPERATOR(pg_catalog.*) (2 OPERATOR(pg_catalog.*) part OPERATOR(pg_catalog.-) 1))
        OPERATOR(pg_catalog./) ${2 * count}
      )
      ORDER BY n`,
    ),
  );
  return rows.rows.map((row) => JSON.parse(row["key"]!) as Cursor);
}
