// Pure.
/**
 * Encodes text that contains characters which the database's encoding lacks, so that it can be
 * stored there.
 *
 * Such a text is stored as an SQL literal with Unicode escapes, `U&'5 \20AC'`, which people
 * recognise and can paste into psql. Other text is stored unchanged.
 *
 * @module
 */

/** Encodes a text for storage. */
export type Storable = (text: string) => string;

const OPEN = "U&'";
const CLOSE = "'";

/**
 * @param isLacking Whether the encoding lacks a character, given as one code point.
 */
export function storableWith(isLacking: (character: string) => boolean): Storable {
  return (text) => {
    // Text that looks encoded must be encoded too, so that decoding restores it.
    if (!looksEscaped(text) && ![...text].some(isLacking)) return text;
    const escaped = [...text].map((character) =>
      character === "\\" || character === CLOSE
        ? character + character
        : isLacking(character)
        ? escapeOf(character)
        : character
    );
    return OPEN + escaped.join("") + CLOSE;
  };
}

/** Decodes a stored text. */
export function fromStorable(kept: string): string {
  if (!looksEscaped(kept)) return kept;
  return kept.slice(OPEN.length, -CLOSE.length).replaceAll(
    /\\\\|''|\\\+([0-9A-F]{6})|\\([0-9A-F]{4})/g,
    (found, long?: string, short?: string) => {
      const code = long ?? short;
      return code === undefined ? found.slice(1) : String.fromCodePoint(parseInt(code, 16));
    },
  );
}

/** A copy of a JSON value with `change` applied to each string, including keys. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  const copy = (one: unknown): unknown => {
    if (typeof one === "string") return change(one);
    if (Array.isArray(one)) return one.map(copy);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(
      Object.entries(one).map(([key, item]) => [change(key), copy(item)]),
    );
  };
  return copy(value) as T;
}

function looksEscaped(text: string): boolean {
  return text.startsWith(OPEN) && text.endsWith(CLOSE) && text.length > OPEN.length;
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase();
  return code.length > 4 ? `\\+${code.padStart(6, "0")}` : `\\${code.padStart(4, "0")}`;
}
