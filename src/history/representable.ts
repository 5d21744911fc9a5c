/**
 * What characters the encoding of a database has.
 *
 * We speak UTF-8 with every server, and it converts. A LATIN1 database refuses a message that holds one
 * `€` (22P05), wherever it stands. The server alone knows what it can convert, so it is asked; never
 * where the text is ASCII, or the database takes every character.
 *
 * @module
 */

import { mapStrings, type Storable, storableWith } from "../sql/storable.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { UNTRANSLATABLE, untranslatable } from "../sql/untranslatable.ts";
import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Session, SqlError } from "../connection/session/session.ts";

/** Encodings that take whatever we send. */
const TAKE_ALL = new Set(["UTF8", "SQL_ASCII"]);

const NON_ASCII = /[^\0-\x7f]/gu;

/** The encoding of a database never changes. */
const encodings = new WeakMap<Session, Promise<string>>();

/** The encoding of a session's database, as PostgreSQL names it: `UTF8`, `LATIN1`. */
export function encodingOf(session: Session): Promise<string> {
  const known = encodings.get(session);
  if (known) return known;
  const asked = catalogRead(session, "SELECT pg_catalog.current_setting('server_encoding') AS name")
    .then(([row]) => row?.["name"] ?? "UTF8");
  encodings.set(session, asked);
  return asked;
}

/** Whether a database of that encoding can keep every character. */
export function takesAll(encoding: string): boolean {
  return TAKE_ALL.has(encoding);
}

/**
 * How texts are to be written so that the server can keep them.
 *
 * @param session Outside any transaction.
 * @param texts All that are to be kept.
 * @throws {Failure} `connection/lost`.
 */
export async function representable(
  session: Session,
  texts: Iterable<string>,
): Promise<Storable> {
  const lacking = new Set<string>();
  const storable = storableWith((character) => lacking.has(character));
  const asked = new Set<string>();
  for (const text of texts) {
    for (const [character] of text.matchAll(NON_ASCII)) asked.add(character);
  }
  if (asked.size === 0 || takesAll(await encodingOf(session))) return storable;
  while (asked.size > 0) {
    const refused = await refusedOf(session, asked);
    if (refused === undefined) break;
    // A server that does not say which one is given none of them.
    for (const character of asked.has(refused) ? [refused] : [...asked]) {
      asked.delete(character);
      lacking.add(character);
    }
  }
  return storable;
}

/** A copy of a JSON value, in which the server can keep every string. */
export async function representableValue<T>(session: Session, value: T): Promise<T> {
  const texts: string[] = [];
  mapStrings(value, (text) => {
    texts.push(text);
    return text;
  });
  // What is not changed may hold more than JSON does.
  const storable = await representable(session, texts);
  return texts.every((text) => storable(text) === text) ? value : mapStrings(value, storable);
}

/** The first character that the server refuses; undefined when it takes them all. */
async function refusedOf(
  session: Session,
  characters: ReadonlySet<string>,
): Promise<string | undefined> {
  try {
    await catalogRead(session, `SELECT ${quoteLiteral([...characters].join(""))}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError) || error.server.sqlstate !== UNTRANSLATABLE) throw error;
    return untranslatable(error.server.message) ?? "";
  }
}
