/**
 * Finds out which characters the encoding of a database can represent.
 *
 * Migrator uses UTF-8 with every server, and the server converts. A LATIN1 database refuses a message
 * with one `€` anywhere in it (22P05). Only the server knows what it can convert, so it is asked, unless
 * the text is ASCII or the database accepts every character.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { mapStrings, type Storable, storableWith } from "../sql/storable.ts";
import { catalogRead } from "../connection/session/catalog_read.ts";
import type { Session } from "../connection/session/session.ts";

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
  for (const character of await lackingOf(session, [...candidates])) lacking.add(character);
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

/**
 * Those of some characters that the database's encoding lacks. They are tried where an error is caught,
 * because each would otherwise be an error in the server's log. Without PL/pgSQL they count as lacking.
 */
async function lackingOf(
  session: Session,
  characters: readonly string[],
): Promise<readonly string[]> {
  const hex = (character: string) => Buffer.from(character).toString("hex");
  const [can] = await catalogRead(
    session,
    `SELECT FROM pg_catalog.pg_language
    WHERE lanname = 'plpgsql' AND pg_catalog.has_language_privilege(oid, 'USAGE')`,
  );
  if (can === undefined) return characters;
  const [row] = await catalogRead(
    session,
    `DO LANGUAGE plpgsql $migrator$
    DECLARE
      encoding name := pg_catalog.getdatabaseencoding();
      one text;
      lacking text := '';
    BEGIN
      FOREACH one IN ARRAY pg_catalog.string_to_array('${characters.map(hex)}', ',') LOOP
        BEGIN
          PERFORM pg_catalog.convert(pg_catalog.decode(one, 'hex'), 'UTF8', encoding);
        EXCEPTION WHEN untranslatable_character OR character_not_in_repertoire THEN
          lacking := lacking || one || ',';
        END;
      END LOOP;
      PERFORM pg_catalog.set_config('migrator.lacking', lacking, true);
    END
    $migrator$;
    SELECT pg_catalog.current_setting('migrator.lacking') AS lacking`,
  );
  const lacking = new Set(row?.["lacking"]?.split(","));
  return characters.filter((character) => lacking.has(hex(character)));
}
