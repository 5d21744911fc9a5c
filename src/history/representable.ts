/**
 * Finds out which characters the encoding of a database can represent.
 *
 * Migrator uses UTF-8 with every server, and the server converts. A LATIN1 database refuses a message
 * with one `€` anywhere in it (22P05). Only the server knows what it can convert, so it is candidates, unless
 * the text is ASCII or the database accepts every character.
 *
 * @module
 */

import { mapStrings, type Storable, storableWith } from "../sql/storable.ts";
import { quoteLiteral } from "../sql/identifier.ts";
import { UNTRANSLATABLE, untranslatable } from "../sql/untranslatable.ts";
import { catalogRead } from "../connection/session/catalog_read.ts";
import { type Session, SqlError } from "../connection/session/session.ts";

/** Encodings that accept every character. */
const TAKE_ALL = new Set(["UTF8", "SQL_ASCII"]);

const NON_ASCII = /[^\0-\x7f]/gu;

/** The encoding of a database never changes. */
const encodings = new WeakMap<Session, Promise<string>>();

/** The encoding of a session's database, as PostgreSQL names it: `UTF8`, `LATIN1`. */
export function encodingOf(session: Session): Promise<string> {
  const known = encodings.get(session);
  if (known) return known;
  const candidates = catalogRead(
    session,
    "SELECT pg_catalog.current_setting('server_encoding') AS name",
  )
    .then(([row]) => row?.["name"] ?? "UTF8");
  encodings.set(session, candidates);
  return candidates;
}

/** Whether a database of that encoding can store every character. */
export function takesAll(encoding: string): boolean {
  return TAKE_ALL.has(encoding);
}

/**
 * Returns a function that writes texts in characters that the database can store.
 *
 * @param session Outside any transaction.
 * @param texts All texts to be stored.
 * @throws {Failure} `connection/lost`.
 */
export async function representable(
  session: Session,
  texts: Iterable<string>,
): Promise<Storable> {
  const lacking = new Set<string>();
  const storable = storableWith((character) => lacking.has(character));
  const candidates = new Set<string>();
  for (const text of texts) {
    for (const [character] of text.matchAll(NON_ASCII)) candidates.add(character);
  }
  if (candidates.size === 0 || takesAll(await encodingOf(session))) return storable;
  while (candidates.size > 0) {
    const refused = await refusedOf(session, candidates);
    if (refused === undefined) break;
    // If the server does not name the character, none of them is used.
    for (const character of candidates.has(refused) ? [refused] : [...candidates]) {
      candidates.delete(character);
      lacking.add(character);
    }
  }
  return storable;
}

/** A copy of a JSON value whose strings the database can store. */
export async function representableValue<T>(session: Session, value: T): Promise<T> {
  const texts: string[] = [];
  mapStrings(value, (text) => {
    texts.push(text);
    return text;
  });
  // An unchanged value is returned as it is; it may contain more than JSON.
  const storable = await representable(session, texts);
  return texts.every((text) => storable(text) === text) ? value : mapStrings(value, storable);
}

/** The first character that the server refuses; undefined when it accepts all. */
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
